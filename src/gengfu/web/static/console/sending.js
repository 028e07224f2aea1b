// Sending a unit by its call sign, and asking an agency that the plan does not name.

import { post, Refusal } from "./api.js";
import { ask } from "./ask.js";
import { dispatch, isNowhere, overrideFields, overrideGiven, SENDABLE } from "./recommend.js";
import { changed, proposed, setRecommendation, state } from "./store.js";
import { toast } from "./toast.js";
import { nameOf, plain, t, word } from "./words.js";

const byCallsign = new Intl.Collator("en", { numeric: true });
/** Free ones first; those on their way to something less urgent may be sent on. */
const order = ["available", "clearing", "at_destination", "assigned", "en_route"];
const LIVE_TASK = new Set(["open", "signed"]);

function sendable() {
  return [...state.units.values()].filter((one) => order.includes(one.stage) && one.incident !== state.selected)
    .sort((a, b) => Number(SENDABLE.has(b.stage)) - Number(SENDABLE.has(a.stage)) || byCallsign.compare(a.callsign, b.callsign));
}

const find = (words) => sendable().find((one) => plain(one.callsign) === plain(words).trim() || one.id === words);

/** The recommendation that the choice is held against; none where the place is not known. */
async function rankingOf(id) {
  if (state.recommendations.has(id)) return state.recommendations.get(id);
  if (isNowhere(state.incidents.get(id))) return null;
  try {
    setRecommendation(id, await post(`/api/v1/incidents/${id}/recommend`));
    return state.recommendations.get(id);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return null;
  }
}

/** Send one named unit to the selected incident, saying why where it was not seen to be
    proposed. The dialog opens at once, so that letters typed after the key stand in it and
    are no commands; the ranking, where none was shown yet, comes while it is open. */
export async function sendUnit(unit = null) {
  const id = state.selected;
  const incident = state.incidents.get(id);
  if (!incident) { toast(t("toast.select_first"), { tone: "bad" }); return; }
  const shown = state.recommendations.get(id);
  const ranked = rankingOf(id);
  const picked = sendable().find((one) => one.id === unit);
  const agreed = isNowhere(incident) || (picked && shown && proposed(shown).length === 1 && proposed(shown)[0] === picked.id);
  await ask({
    title: t("send_unit.title", { code: incident.code }),
    intro: agreed ? "" : t("send_unit.intro"),
    confirm: t("action.send"),
    fields: [{ name: "unit", kind: "search", label: t("field.unit"), required: true, value: picked?.callsign ?? "", hint: t("send_unit.hint"),
      options: sendable().map((one) => ({ value: one.callsign, label: `${word("unit_kind", one.kind)} · ${word("stage.unit", one.stage)}` })) },
    ...(agreed ? [] : overrideFields())],
    run: async ({ unit: words, ...why }) => {
      const found = find(words);
      if (!found) throw new Refusal({ type: "/errors/no-such-unit" }, 0);
      const reason = agreed ? {} : overrideGiven(why);
      const ranking = await ranked;
      await dispatch(id, { units: [found.id], agencies: [], ...(ranking ? { recommendation: ranking.id } : {}), ...reason });
    },
  });
  changed("recommendation");
}

/** Ask one more agency for the selected incident. */
export async function askAgency() {
  const id = state.selected;
  const incident = state.incidents.get(id);
  if (!incident) { toast(t("toast.select_first"), { tone: "bad" }); return; }
  const busy = new Set([...state.tasks.values()].filter((one) => one.case === id && LIVE_TASK.has(one.stage)).map((one) => one.agency));
  await ask({
    title: t("ask_agency.title", { code: incident.code }),
    intro: t("ask_agency.intro"),
    confirm: t("ask_agency.confirm"),
    fields: [{ name: "agency", kind: "select", label: t("field.agency"), required: true,
      options: [...state.agencies.values()].filter((one) => !busy.has(one.id)).map((one) => ({ value: one.id, label: nameOf(one) })) }],
    run: ({ agency }) => dispatch(id, { units: [], agencies: [agency] }),
  });
}

// What is proposed, with its reasons: rows chosen by figure, agencies ticked, sent by one key.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { may, notAllowed } from "./access.js";
import { post, Refusal } from "./api.js";
import { ask } from "./ask.js";
import { button, icon, spanBar, stageWord, statusGlyph } from "./parts.js";
import { metresBetween } from "./places.js";
import { changed, fixAge, isPending, move, needsMet, proposed, setRecommendation, state } from "./store.js";
import { refusalText, toast, toastRefusal } from "./toast.js";
import { age, arrivalToTheSecond, distance, lang, nameOf, t, textOf, word } from "./words.js";

const asking = new Map();
const KEYED_ROWS = 9;
const OTHERS_SHOWN = 8;
/** Who may be sent on: free, or about to be. */
export const SENDABLE = new Set(["available", "clearing", "at_destination"]);

/** Ask the server for a recommendation; shows pending, keeps the old one if refused. */
export async function recommend(id) {
  if (!may("recommend") || asking.get(id) === "busy") return;
  if (isNowhere(state.incidents.get(id))) {
    toast(t("nowhere.keys"), { tone: "bad" });
    return;
  }
  asking.set(id, "busy");
  changed("recommendation");
  try {
    setRecommendation(id, await post(`/api/v1/incidents/${id}/recommend`));
    asking.delete(id);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    asking.set(id, refusalText(refusal));
  }
  changed("recommendation");
}

function toggle(set, one) {
  if (!set.delete(one)) set.add(one);
  changed("recommendation");
}

export function toggleRow(index) {
  const row = state.recommendations.get(state.selected)?.rows[index];
  if (row) toggle(state.chosen.get(state.selected), row.unit);
}

/** Nobody knows where on the map it is: no drive to it can be worked out. */
export const isNowhere = (incident) => incident?.lon == null;

const sameSet = (a, b) => a.size === b.length && b.every((one) => a.has(one));
const tasksOf = (recommendation) => recommendation.tasks ?? [];
const agencyName = (id) => nameOf(state.agencies.get(id)) || id;
const callsign = (unit) => state.units.get(unit)?.callsign ?? unit;

/** Why others than proposed are sent: a code, with words where the code asks for them.
    No code is chosen beforehand, and what is typed at once stands in the words. */
export function overrideFields() {
  const codes = state.city.override_reasons ?? [];
  return [
    ...(codes.length ? [{ name: "override_code", kind: "choice", label: t("field.reason"), value: "",
      options: codes.map((one) => ({ value: one.code, label: one.words ? `${nameOf(one)} …` : nameOf(one) })) }] : []),
    { name: "override_reason", label: t("recommend.override_reason"), lead: true, required: !codes.length, hint: codes.length ? t("recommend.override_words") : "" }];
}

/** The reason as it is sent: a code, words, or both; refused here where there is none. */
export function overrideGiven({ override_code = "", override_reason = "" }) {
  if (!override_code && !override_reason.trim()) throw new Refusal({ type: "/errors/no-reason" }, 0);
  return { override_code, override_reason };
}

/** Send units and ask agencies; one toast takes both back. */
export async function dispatch(id, body) {
  const before = new Set([...state.tasks.values()].filter((one) => one.case === id).map((one) => one.id));
  await move("incident", id, "dispatch", body);
  state.recommendations.delete(id);
  changed("recommendation");
  const asked = () => [...state.tasks.values()].filter((one) => one.case === id && !before.has(one.id) && one.stage === "open");
  const names = [...body.units.map(callsign), ...body.agencies.map(agencyName)].join(", ");
  toast(t("toast.sent", { units: names }), {
    undo: () => move("incident", id, "take_back", { units: body.units, agencies: asked().map((task) => task.agency) }),
  });
}

/** Send what is chosen. Another choice than the proposed one needs its reason first. */
export async function sendChosen() {
  const id = state.selected;
  const recommendation = state.recommendations.get(id);
  if (!state.incidents.has(id)) return;
  if (!recommendation) {
    await recommend(id);
    return;
  }
  const chosen = state.chosen.get(id);
  const agencies = [...state.asked.get(id)];
  if (!chosen.size && !agencies.length) {
    toast(t("recommend.none_chosen"), { tone: "bad" });
    return;
  }
  const body = { units: [...chosen], agencies, recommendation: recommendation.id };
  if (sameSet(chosen, proposed(recommendation))) {
    await dispatch(id, body).catch(toastRefusal);
    return;
  }
  await ask({ title: t("recommend.override_title"), intro: t("recommend.override_intro"), confirm: t("action.send"), fields: overrideFields(),
    run: async (values) => dispatch(id, { ...body, ...overrideGiven(values) }) });
}

const needWords = (need) => [...need.kinds.map((one) => word("unit_kind", one)).slice(0, 2), ...need.skills.map((one) => word("skill", one))].join(" / ");

function source(row) {
  const unit = state.units.get(row.unit);
  const old = row.origin?.age_s ?? (unit ? fixAge(unit) : null);
  if (row.origin?.source === "post" || old == null) return t("recommend.from_post");
  return t("recommend.from_position", { age: age(old) });
}

const chipTone = { "stale-position": "warn", "cover-lost": "warn", late: "bad", "not-by-rule": "bad", "long-duty": "warn", "nearly-free": "warn", preempt: "bad", sooner: "good" };
const coverWords = (row) => t("recommend.cover", { lost: (row.cover_lost * 100).toFixed(1) });
/** The loss of cover is said in figures; its sentence is in the title. */
const short = (one, row) => (one.code === "cover-lost" ? coverWords(row) : textOf(one));
/** What the row says already needs no chip of its own. */
const saidElsewhere = new Set(["arrival", "arrival-unfitted", "at-post", "meets"]);

const SAYS_WHY_NOT_FREE = new Set(["nearly-free", "preempt"]);

const tick = (on) => html`<span class="box" aria-hidden="true">${on ? icon("check") : nothing}</span>`;

function rowView(row, index, chosen, scale) {
  const on = chosen.has(row.unit);
  const unit = state.units.get(row.unit);
  const [middle, between] = arrivalToTheSecond(row.low_s, row.high_s, row.seconds);
  const keyed = index < KEYED_ROWS;
  return html`<button type="button" class="rec-row" aria-pressed=${on ? "true" : "false"} aria-keyshortcuts=${keyed ? String(index + 1) : nothing}
      @click=${() => toggleRow(index)}>
    ${keyed ? html`<kbd aria-hidden="true">${index + 1}</kbd>` : html`<span></span>`}
    ${tick(on)}
    <span class="row">${statusGlyph(unit?.stage ?? "available")}<b>${row.callsign}</b><span class="quiet cut">${word("unit_kind", row.kind)} · ${source(row)}</span></span>
    <span class="eta"><b>${middle}</b>${between ? html`<span class="quieter"> <span class="only-heard">· </span>${between}</span>` : nothing}</span>
    <span class="why">
      ${row.high_s == null ? spanBar(0, row.seconds, row.seconds, scale) : spanBar(row.low_s, row.seconds, row.high_s, scale)}
      ${unit && unit.stage !== "available" ? html`<span class="chip warn">${stageWord("unit", unit.stage)}</span>` : nothing}
      ${row.free && row.free !== "free" && !row.reasons?.some((one) => SAYS_WHY_NOT_FREE.has(one.code)) ? html`<span class="chip ${row.free === "preemptible" ? "bad" : "warn"}">${t(`free.${row.free}`)}</span>` : nothing}
      ${(row.reasons ?? []).filter((one) => !saidElsewhere.has(one.code)).map((one) => html`<span class="chip ${chipTone[one.code] ?? ""}" title=${textOf(one)}>${short(one, row)}</span>`)}
      ${row.cover_lost >= 0.0005 && !row.reasons?.some((one) => one.code === "cover-lost") ? html`<span class="chip">${coverWords(row)}</span>` : nothing}
    </span></button>`;
}

/** Free units that were not ranked, nearest as the crow flies: nobody is out of reach of a dispatcher. */
function othersView(incident, recommendation, chosen) {
  const ranked = new Set(recommendation.rows.map((row) => row.unit));
  const near = [...state.units.values()].filter((one) => SENDABLE.has(one.stage) && !ranked.has(one.id) && one.lon != null && incident.lon != null)
    .map((unit) => ({ unit, metres: metresBetween(incident, unit) })).sort((a, b) => a.metres - b.metres);
  const rows = near.filter((one, at) => at < OTHERS_SHOWN || chosen.has(one.unit.id));
  if (!rows.length) return nothing;
  return html`<details class="others" ?open=${!recommendation.rows.length}><summary>${t("recommend.others")}</summary>
    <div class="rec">${rows.map(({ unit, metres }) => html`<button type="button" class="rec-row" aria-pressed=${chosen.has(unit.id) ? "true" : "false"} @click=${() => toggle(chosen, unit.id)}>
      <span></span>${tick(chosen.has(unit.id))}<span class="row">${statusGlyph(unit.stage)}<b>${unit.callsign}</b><span class="quiet cut">${word("unit_kind", unit.kind)} · ${stageWord("unit", unit.stage)}</span></span>
      <span class="eta quieter">${t("recommend.crow", { far: distance(metres) })}</span></button>`)}</div></details>`;
}

function agencyTick(task, asked) {
  const on = asked.has(task.agency);
  const words = (lang === "zh" ? task.words_zh : task.words) || task.name;
  return html`<button type="button" class="chip ${on ? "info" : ""}" aria-pressed=${on ? "true" : "false"} title="${agencyName(task.agency)}: ${words}" @click=${() => toggle(asked, task.agency)}>
    ${icon(on ? "check" : "minus")}<b>${agencyName(task.agency)}</b> <span class="task-words">${words}</span></button>`;
}

export function recommendationView(incident) {
  const recommendation = state.recommendations.get(incident.id);
  const standing = asking.get(incident.id);
  if (!recommendation) {
    if (isNowhere(incident) || (incident.stage !== "waiting" && !standing)) return nothing;
    if (!may("recommend")) return html`<p class="quiet row">${icon("truck")}${t("recommend.by_dispatcher")}</p>`;
    return html`<section><h3>${t("recommend.title")}</h3>
      ${standing && standing !== "busy" ? html`<div class="message bad" role="alert">${icon("warn")}<div>${standing}</div></div>` : nothing}
      ${button({ label: t("action.recommend"), key: "R", icon: "truck", pending: standing === "busy", press: () => recommend(incident.id) })}</section>`;
  }
  const chosen = state.chosen.get(incident.id);
  const asked = state.asked.get(incident.id);
  const needs = needsMet(recommendation, chosen);
  const { rows } = recommendation;
  const scale = Math.max(300, ...rows.map((row) => row.high_s ?? row.seconds));
  const tasks = tasksOf(recommendation);
  const met = t(tasks.length ? "recommend.met_but_agencies" : "recommend.met");
  return html`<section aria-label=${t("recommend.title")}>
    <h3>${t("recommend.title")}<span class="quieter push" title="${recommendation.plan?.code ?? ""} ${recommendation.plan?.version ?? ""}">${nameOf(state.types.get(incident.type))}</span></h3>
    <div class="needs">${needs.map((one) => html`<span class="chip ${one.met >= one.count ? "good" : "warn"}">${one.met >= one.count ? icon("check") : icon("minus")}
      ${needWords(one)} ${one.met}/${one.count}</span>`)}
      ${tasks.map((task) => agencyTick(task, asked))}</div>
    ${(recommendation.plan?.warnings ?? []).map((one) => html`<div class="message warn">${icon("warn")}<div>${textOf(one)}</div></div>`)}
    ${rows.length && rows.every((row) => row.high_s == null) ? html`<p class="quieter">${t("recommend.all_unfitted")}</p>` : nothing}
    ${rows.length ? html`<div class="rec">${rows.map((row, index) => rowView(row, index, chosen, scale))}</div>`
      : html`<div class="message ${needs.length ? "warn" : "good"}">${icon(needs.length ? "warn" : "check")}<div>${needs.length ? t("recommend.no_rows") : met}</div></div>`}
    ${othersView(incident, recommendation, chosen)}</section>`;
}

/** What sends, always in sight under the rows. */
export function sendFoot(incident) {
  const recommendation = state.recommendations.get(incident.id);
  if (!recommendation) return nothing;
  const chosen = state.chosen.get(incident.id);
  const asked = state.asked.get(incident.id);
  const needs = needsMet(recommendation, chosen);
  const label = !asked.size ? t("recommend.send_n", { n: chosen.size }) : chosen.size ? t("recommend.send_and_ask", { n: chosen.size, m: asked.size }) : t("recommend.ask_n", { m: asked.size });
  return html`<div class="sheet-foot sheet-send">
    ${button({ label, key: "D", main: true, icon: "send", disabled: !may("send") || (!chosen.size && !asked.size), title: may("send") ? "" : notAllowed("send"),
      pending: isPending("incident", incident.id, "dispatch"), press: sendChosen })}
    ${button({ label: t("action.again"), key: "R", press: () => recommend(incident.id), pending: asking.get(incident.id) === "busy" })}
    ${needs.every((one) => one.met >= one.count) ? nothing : html`<span class="chip warn push">${t("recommend.needs_open")}</span>`}</div>`;
}

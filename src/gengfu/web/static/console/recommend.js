// What is proposed, with its reasons: rows chosen by figure, sent by one key.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { post, Refusal } from "./api.js";
import { ask } from "./ask.js";
import { button, icon, spanBar, stageWord, statusGlyph } from "./parts.js";
import { changed, fixAge, isPending, move, needsMet, proposed, setRecommendation, state } from "./store.js";
import { refusalText, toast, toastRefusal } from "./toast.js";
import { age, arrival, lang, nameOf, t, textOf, word } from "./words.js";

const asking = new Map();
const ROWS_SHOWN = 9;

/** Ask the server for a recommendation; shows pending, keeps the old one if refused. */
export async function recommend(id) {
  if (asking.get(id) === "busy") return;
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

export function toggleRow(index) {
  const id = state.selected;
  const row = state.recommendations.get(id)?.rows[index];
  if (!row) return;
  const chosen = state.chosen.get(id);
  if (!chosen.delete(row.unit)) chosen.add(row.unit);
  changed("recommendation");
}

const sameSet = (a, b) => a.size === b.length && b.every((one) => a.has(one));

/** Send what is chosen. Another choice than the proposed one needs its reason first. */
export async function sendChosen() {
  const id = state.selected;
  const incident = state.incidents.get(id);
  if (!incident) return;
  const recommendation = state.recommendations.get(id);
  if (!recommendation) {
    await recommend(id);
    return;
  }
  const chosen = state.chosen.get(id);
  if (!chosen.size) {
    toast(t("recommend.none_chosen"), { tone: "bad" });
    return;
  }
  const units = recommendation.rows.map((row) => row.unit).filter((unit) => chosen.has(unit));
  const body = { units, agencies: (recommendation.tasks ?? []).map((task) => task.agency), recommendation: recommendation.id };
  const dispatch = async (extra) => {
    await move("incident", id, "dispatch", { ...body, ...extra });
    state.recommendations.delete(id);
    const names = units.map((unit) => state.units.get(unit)?.callsign ?? unit).join(", ");
    toast(t("toast.sent", { units: names }), {
      undo: async () => { for (const unit of units) await move("incident", id, "release", { unit, reason: t("reason.undone") }); },
    });
    changed("recommendation");
  };
  if (sameSet(chosen, proposed(recommendation))) {
    await dispatch({}).catch(toastRefusal);
    return;
  }
  const codes = state.city.override_reasons ?? [];
  await ask({
    title: t("recommend.override_title"),
    intro: t("recommend.override_intro"),
    confirm: t("action.send"),
    fields: [
      ...(codes.length ? [{ name: "override_code", kind: "choice", label: t("field.reason"),
        options: codes.map((one) => ({ value: one.code, label: one.words ? `${nameOf(one)} …` : nameOf(one) })) }] : []),
      { name: "override_reason", label: t("recommend.override_reason"), required: !codes.length, hint: codes.length ? t("recommend.override_words") : "" }],
    run: dispatch,
  });
}

const needWords = (need) => [...need.kinds.map((one) => word("unit_kind", one)).slice(0, 2), ...need.skills.map((one) => word("skill", one))].join(" / ");

function source(row) {
  const unit = state.units.get(row.unit);
  const old = row.origin?.age_s ?? (unit ? fixAge(unit) : null);
  if (row.origin?.source === "post" || old == null) return t("recommend.from_post");
  return t("recommend.from_position", { age: age(old) });
}

const chipTone = { "stale-position": "warn", "cover-lost": "warn", late: "bad", "not-by-rule": "bad", "long-duty": "warn", "nearly-free": "warn", sooner: "good" };
const coverWords = (row) => t("recommend.cover", { lost: (row.cover_lost * 100).toFixed(1) });
/** The loss of cover is said in figures; its sentence is in the title. */
const short = (one, row) => (one.code === "cover-lost" ? coverWords(row) : textOf(one));
/** What the row says already needs no chip of its own. */
const saidElsewhere = new Set(["arrival", "arrival-unfitted", "at-post", "meets"]);

function rowView(row, index, chosen, scale) {
  const on = chosen.has(row.unit);
  const unit = state.units.get(row.unit);
  const [middle, between] = arrival(row.low_s, row.high_s, row.seconds);
  return html`<button type="button" class="rec-row" aria-pressed=${on ? "true" : "false"} aria-keyshortcuts=${index < 9 ? String(index + 1) : nothing}
      @click=${() => toggleRow(index)}>
    ${index < 9 ? html`<kbd aria-hidden="true">${index + 1}</kbd>` : html`<span></span>`}
    <span class="box" aria-hidden="true">${on ? icon("check") : nothing}</span>
    <span class="row">${statusGlyph(unit?.stage ?? "available")}<b>${row.callsign}</b><span class="quiet cut">${word("unit_kind", row.kind)} · ${source(row)}</span></span>
    <span class="eta"><b>${middle}</b>${between ? html`<br><span class="quieter"><span class="only-heard">· </span>${between}</span>` : nothing}</span>
    ${row.high_s == null ? spanBar(0, row.seconds, row.seconds, scale) : spanBar(row.low_s, row.seconds, row.high_s, scale)}
    <span class="why">
      ${unit && unit.stage !== "available" ? html`<span class="chip warn">${stageWord("unit", unit.stage)}</span>` : nothing}
      ${row.free && row.free !== "free" && !row.reasons?.some((one) => one.code === "nearly-free" || one.code === "bound") ? html`<span class="chip ${row.free === "preemptible" ? "bad" : "warn"}">${t(`free.${row.free}`)}</span>` : nothing}
      ${(row.reasons ?? []).filter((one) => !saidElsewhere.has(one.code)).map((one) => html`<span class="chip ${chipTone[one.code] ?? ""}" title=${textOf(one)}>${short(one, row)}</span>`)}
      ${row.cover_lost >= 0.0005 && !row.reasons?.some((one) => one.code === "cover-lost") ? html`<span class="chip">${coverWords(row)}</span>` : nothing}
    </span></button>`;
}

export function recommendationView(incident) {
  const recommendation = state.recommendations.get(incident.id);
  const standing = asking.get(incident.id);
  if (!recommendation) {
    if (incident.stage !== "waiting" && !standing) return nothing;
    return html`<section><h3>${t("recommend.title")}</h3>
      ${standing && standing !== "busy" ? html`<div class="message bad" role="alert">${icon("warn")}<div>${standing}</div></div>` : nothing}
      ${button({ label: t("action.recommend"), key: "R", icon: "truck", pending: standing === "busy", press: () => recommend(incident.id) })}</section>`;
  }
  const chosen = state.chosen.get(incident.id);
  const needs = needsMet(recommendation, chosen);
  const rows = recommendation.rows.slice(0, ROWS_SHOWN);
  const scale = Math.max(300, ...rows.map((row) => row.high_s ?? row.seconds));
  const ready = needs.every((one) => one.met >= one.count);
  return html`<section aria-label=${t("recommend.title")}>
    <h3>${t("recommend.title")}<span class="quieter push">${recommendation.plan?.code ?? ""} v${recommendation.plan?.version ?? "–"} · ${Math.round(recommendation.computed_ms ?? 0)} ms</span></h3>
    <div class="needs">${needs.map((one) => html`<span class="chip ${one.met >= one.count ? "good" : "warn"}">${one.met >= one.count ? icon("check") : icon("minus")}
      ${needWords(one)} ${one.met}/${one.count}</span>`)}
      ${(recommendation.tasks ?? []).map((task) => html`<span class="chip info">${icon("tasks")}${(lang === "zh" ? task.words_zh : task.words) || task.name}</span>`)}</div>
    ${(recommendation.plan?.warnings ?? []).map((one) => html`<div class="message warn">${icon("warn")}<div>${textOf(one)}</div></div>`)}
    ${rows.length && rows.every((row) => row.high_s == null) ? html`<p class="quieter">${t("recommend.all_unfitted")}</p>` : nothing}
    ${rows.length ? html`<div class="rec">${rows.map((row, index) => rowView(row, index, chosen, scale))}</div>`
      : html`<div class="message ${needs.length ? "warn" : "good"}">${icon(needs.length ? "warn" : "check")}<div>${t(needs.length ? "recommend.no_rows" : "recommend.met")}</div></div>`}
    <div class="row wrap sheet-send">
      ${rows.length ? button({ label: t("recommend.send_n", { n: chosen.size }), key: "D", main: true, icon: "send", disabled: !chosen.size,
        pending: isPending("incident", incident.id, "dispatch"), press: sendChosen }) : nothing}
      ${button({ label: t("action.again"), key: "R", press: () => recommend(incident.id), pending: standing === "busy" })}
      ${ready ? nothing : html`<span class="chip warn">${t("recommend.needs_open")}</span>`}
    </div></section>`;
}

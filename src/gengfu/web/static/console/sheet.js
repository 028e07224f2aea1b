// The sheet of the selected incident: all that is known, all that can be done.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { may, notAllowed } from "./access.js";
import { act, moveKeys, movesFor, setStatus } from "./actions.js";
import { answersView, knownAnswers } from "./answers.js";
import { answerCall, drawForm } from "./callform.js";
import { callSheet, callsView } from "./calls.js";
import { correctClock } from "./corrections.js";
import { button, checkIn, clockBar, clockStanding, contestedChip, icon, openOrders, orderChip, outsideNote, priorityGlyph, stageWord, statusGlyph, until } from "./parts.js";
import { photoList } from "./photos.js";
import { isNowhere, recommend, recommendationView, sendFoot } from "./recommend.js";
import { askAgency, sendUnit } from "./sending.js";
import { changed, ENDED, isPending, loadDetail, move, select, since, state } from "./store.js";
import { spelled } from "./spelling.js";
import { timeline } from "./timeline.js";
import { toastRefusal } from "./toast.js";
import { causeOf, clockTime, interval, lang, moveWord, nameOf, running, shortTime, t, taskWords, textOf, word } from "./words.js";

const CLOCKS = ["received", "answered", "located", "created", "dispatched", "signed", "en_route", "on_scene", "controlled", "closed"];
const stageTone = { waiting: "warn", dispatched: "info", en_route: "info", on_scene: "info", controlled: "good", closed: "", merged: "", erased: "" };
/** A drive worked out longer ago than this is no longer said as the arrival. */
const DRIVE_HOLDS_S = 30;

const moveButton = (incident, name) => (name === "recommend"
  ? button({ label: t("action.more_units"), key: "R", small: true, press: () => recommend(incident.id) })
  : button({ label: moveWord("incident", name), key: moveKeys[name], small: true, pending: isPending("incident", incident.id, name), press: () => act("incident", incident.id, name) }));

function head(incident) {
  const { left, tone } = clockStanding(incident.deadline);
  const moves = movesFor(incident).filter(may);
  const into = incident.merged_into;
  return html`<header class="sheet-top">
    <h2>${priorityGlyph(incident.priority)}<span class="headline">${nameOf(state.types.get(incident.type)) || incident.type}</span>
      <span class="chip ${stageTone[incident.stage]} push">${stageWord("incident", incident.stage)}</span>
      <button type="button" class="button bare square small" aria-label=${t("action.close_sheet")} @click=${() => select(null)}>${icon("close")}</button></h2>
    <div class="place-line">${icon("pin")}<span class="headline">${incident.place}</span>
      <span class="chip ${incident.located === "verified" ? "good" : "warn"} push">${incident.located === "verified" ? icon("check") : icon("warn")}${t(`located.${incident.located ?? "none"}`)}</span></div>
    ${nowhere(incident)}
    <div class="row wrap quiet"><span class="mono">${incident.code}</span><span>${running(since(incident.opened_at))}</span>
      ${incident.calls > 1 ? html`<span class="chip">${icon("phone")}${t("sheet.calls", { n: incident.calls })}</span>` : nothing}
      ${contestedChip(incident)}
      ${incident.simulated ? html`<span class="tag">${t("simulated")}</span>` : nothing}
      ${left == null ? nothing : html`<span class="chip push ${tone === "late" ? "bad" : tone === "near" ? "warn" : ""}">${icon("clock")}${word("standard", incident.deadline.standard)}
        ${left < 0 ? t("clock.over", { by: running(-left) }) : t("clock.left", { left: running(left) })}</span>`}</div>
    ${clockBar(incident.deadline)}
    ${into ? html`<div class="row">${icon("merge")}<span>${t("sheet.merged_into")}</span><button type="button" class="link" @click=${() => select(into)}>${state.incidents.get(into)?.code ?? t("sheet.main")}</button></div>` : nothing}
    <div class="actions">${moves.map((name) => moveButton(incident, name))}
      <a class="button small" href="/incidents/${incident.id}" target="_blank" rel="noopener">${t("sheet.full_page")}</a></div>
  </header>`;
}

/** That it lies outside the city, or what to do where nobody knows where it is: above what scrolls, for nothing goes on before it. */
function nowhere(incident) {
  if (ENDED.has(incident.stage)) return nothing;
  if (!isNowhere(incident)) return incident.area == null ? outsideNote() : nothing;
  return html`<div class="message warn" role="note">${icon("warn")}<div>${t("nowhere.means")}
    <p class="row wrap">${[["relocate", "L"], ["relocate-pin", "I"]].map(([name, key]) => html`<button type="button" class="button small" data-command=${name}>${t(`nowhere.${name}`)}<kbd aria-hidden="true">${key}</kbd></button>`)}</p></div></div>`;
}

/** Why it has this priority, and what callers answered: read before anybody is sent in.
    That a type starts at the priority it has goes without saying. */
function why(incident, detail) {
  const reason = (lang === "zh" && incident.priority_reason_zh) || incident.priority_reason || "";
  const type = state.types.get(incident.type);
  const asItStarts = type?.priority === incident.priority && reason.startsWith(`${nameOf(type)}:`);
  if (asItStarts && !Object.keys(knownAnswers(detail)).length) return nothing;
  return reason ? html`<p class="row why-line">${priorityGlyph(incident.priority)}<span>${reason}</span></p>` : nothing;
}

function clocks(incident) {
  return html`<section><h3>${t("sheet.clocks")}${may("correct-clock") && !["merged", "erased"].includes(incident.stage) ? html`<span class="push">${button({ label: t("correct.button"), small: true, press: () => correctClock(incident) })}</span>` : nothing}</h3>
    <dl class="stamps">${CLOCKS.map((name) => html`<div class=${incident.clocks?.[name] ? "" : "unset"}>
    <dt title=${t(`clock.${name}`)}>${t(`clock.${name}`)}</dt><dd>${clockTime(incident.clocks?.[name])}</dd></div>`)}</dl></section>`;
}

/** The code for the caller who is still on the line, large enough to read out. */
function givenView(incident) {
  if (state.given?.incident !== incident.id) return nothing;
  const { code } = state.given;
  return html`<section class="message info given" role="status" aria-label=${t("given.title")}>${icon("phone")}<div>
    <p class="row"><b class="mono code">${code}</b><span class="push">${button({ label: t("given.done"), small: true, press: () => { state.given = null; changed("details"); } })}</span></p>
    <p class="quiet">${spelled(code)}</p><p><b>${t("given.title")}</b> · ${t("given.hint", { page: "/track" })}</p></div></section>`;
}

/** How it ended, as it is counted. */
function outcomeView(incident) {
  if (!incident.outcome && !incident.finding && incident.deaths == null) return nothing;
  const outcome = (lang === "zh" && incident.outcome_zh) || incident.outcome;
  return html`<p class="row wrap">${outcome ? html`<b>${outcome}</b>` : nothing}
    ${incident.finding ? html`<span class="chip ${incident.finding === "confirmed" ? "good" : ""}">${word("finding", incident.finding)}</span>` : nothing}
    ${incident.deaths == null ? nothing : html`<span class="chip ${incident.deaths ? "bad" : ""}">${t("deaths.said", { n: incident.deaths })}</span>`}</p>`;
}

function hazards(detail) {
  if (!detail?.hazards?.length) return nothing;
  const one = detail.hazards.length === 1 ? "one" : "";
  return html`<div class="message warn hazards ${one}" role="note">${icon("warn")}<div><b>${t("sheet.hazards")}</b>
    <ul>${detail.hazards.map((one) => html`<li>${textOf(one) || one.name}</li>`)}</ul></div></div>`;
}

/** The arrival of a unit on its way: by the drive of now, else by the clock it was promised for. */
function arrivalOf(one, unit) {
  if (one.on_scene_at) return html`<time class="quieter" title=${clockTime(one.on_scene_at)}>${shortTime(one.on_scene_at)}</time>`;
  if (!["assigned", "en_route"].includes(unit?.stage ?? one.status)) return nothing;
  const drive = state.drives.get(one.unit);
  if (drive && (Date.now() - drive.at) / 1000 < DRIVE_HOLDS_S) return html`<span class="chip info" title=${t("sheet.eta_now")}>${interval(drive.low_s, drive.high_s, drive.seconds)}</span>`;
  if (one.eta_s == null) return nothing;
  const due = Date.parse(one.en_route_at ?? one.assigned_at) + one.eta_s * 1000;
  return html`<span class="chip" title=${t("sheet.eta_then")}>≈ ${shortTime(due)}</span>`;
}

function crewLine(incident, one) {
  const unit = state.units.get(one.unit);
  const gone = Boolean(one.cleared_at);
  const stage = gone ? "cleared" : unit?.stage ?? one.status;
  const name = html`<b>${unit?.callsign ?? one.callsign ?? one.unit}</b>`;
  const status = gone ? t("sheet.cleared") : stageWord("unit", stage);
  return html`<li class=${one.destination ? "task-line" : "crew-line"}>${gone ? icon("check") : statusGlyph(stage)}${one.destination
    ? html`<span class="wall">${name} <span class="quiet">${status}</span><br><span class="quiet">→ ${one.destination}</span></span>`
    : html`${name}<span class="quiet">${status}</span>`}
    <span class="push row">${gone ? nothing : html`${checkIn(unit)}${openOrders(one.unit).slice(-1).map(orderChip)}`}${gone && !one.on_scene_at ? nothing : arrivalOf(one, unit)}
      ${gone || !may("status") ? nothing : button({ label: t("action.status"), small: true, press: () => setStatus(one.unit) })}
      ${gone || !may("release") ? nothing : html`<button type="button" class="button bare square small" title=${t("action.release")} aria-label="${t("action.release")} ${unit?.callsign ?? one.unit}"
        @click=${() => move("incident", incident.id, "release", { unit: one.unit, reason: t("reason.not_needed") }).catch(toastRefusal)}>${icon("close")}</button>`}</span></li>`;
}

/** A unit whose sending was undone: it is not among those who came. */
const backLine = (one) => html`<li class="crew-line">${icon("close")}<span class="quieter">${state.units.get(one.unit)?.callsign ?? one.callsign}</span><span class="quieter">${t("sheet.taken_back")}</span>
    <time class="push quieter" title=${clockTime(one.cleared_at)}>${shortTime(one.cleared_at)}</time></li>`;

function people(incident) {
  const crews = incident.assignments ?? [];
  const back = incident.taken_back ?? [];
  const tasks = [...state.tasks.values()].filter((one) => one.case === incident.id && one.stage !== "withdrawn");
  const over = ENDED.has(incident.stage);
  if (!crews.length && !back.length && !tasks.length && over) return nothing;
  return html`<section><h3>${t("sheet.crews")}</h3>
    ${crews.length || back.length || tasks.length ? html`<ul class="lines">${crews.map((one) => crewLine(incident, one))}${back.map(backLine)}${tasks.map(taskLine)}</ul>` : nothing}
    ${over ? nothing : html`<div class="row wrap">${button({ label: t("send_unit.button"), key: "F", small: true, icon: "truck", disabled: !may("send-unit"), title: may("send-unit") ? "" : notAllowed("send-unit"), press: () => sendUnit() })}
      ${button({ label: t("ask_agency.button"), key: "Y", small: true, icon: "tasks", disabled: !may("ask-agency"), title: may("ask-agency") ? "" : notAllowed("ask-agency"), press: () => askAgency() })}</div>`}</section>`;
}

export const taskTone = { open: "warn", signed: "good", refused: "bad", handed_over: "info", done: "" };

/** An agency's task on two lines, for names are long; red once nobody signed in time. */
export function taskLine(task) {
  const { left } = until(task.stage === "open" ? task.sign_by : null);
  return html`<li class="task-line">${icon("tasks")}<span class="wall"><b>${nameOf(state.agencies.get(task.agency)) || task.agency}</b><br><span class="quiet">${taskWords(task)}</span>${task.cause ? html`<br><span class="quieter">${causeOf(task)}</span>` : nothing}</span>
    <span class="push row"><span class="chip ${left != null && left < 0 ? "bad" : taskTone[task.stage] ?? ""}">${stageWord("task", task.stage)}${left == null ? nothing : html` ${left < 0 ? t("clock.over", { by: running(-left) }) : running(left)}`}</span>
      ${may("task") && ["open", "signed", "refused"].includes(task.stage) ? html`<button type="button" class="button bare square small" title=${moveWord("task", "withdraw")} aria-label="${moveWord("task", "withdraw")} ${nameOf(state.agencies.get(task.agency)) || task.agency}"
        @click=${() => act("task", task.id, "withdraw")}>${icon("close")}</button>` : nothing}</span></li>`;
}

function notes(detail) {
  if (!detail?.notes?.length) return nothing;
  return html`<section><h3>${t("sheet.notes")}</h3><ul class="lines">${detail.notes.map((one) => html`<li><time class="quieter">${clockTime(one.at)}</time><span class="note-text">${one.text}</span></li>`)}</ul></section>`;
}

function photos(incident, detail) {
  if (!detail?.photos?.length) return nothing;
  return html`<section><h3>${t("photo.title")}</h3>${photoList(incident.id, detail.photos)}</section>`;
}

/** What was merged into this one; each can be taken out again. */
function absorbed(incident) {
  if (!incident.absorbed?.length) return nothing;
  return html`<section><h3>${t("sheet.absorbed")}</h3><ul class="lines">${incident.absorbed.map((id) => html`<li>${icon("merge")}
    <button type="button" class="link" @click=${() => select(id)}>${state.incidents.get(id)?.code ?? t("sheet.merged_one")}</button>
    <span class="push">${button({ label: moveWord("incident", "unmerge"), small: true, pending: isPending("incident", id, "unmerge"),
      press: () => move("incident", id, "unmerge", { reason: t("reason.undone") }).then(() => loadDetail(incident.id)).catch(toastRefusal) })}</span></li>`)}</ul></section>`;
}

function sheet(incident) {
  const detail = state.details.get(incident.id);
  return html`${head(incident)}<div class="sheet-scroll" tabindex="0" role="group" aria-label=${t("sheet.title")}>
    ${detail?.refusal && !detail.timeline ? html`<div class="message bad" role="alert">${icon("warn")}<div>${t("sheet.failed")} ${button({ label: t("action.again"), small: true, press: () => loadDetail(incident.id) })}</div></div>` : nothing}
    ${incident.stage === "erased" ? html`<div class="message">${icon("info")}<div>${t("keeping.gone")}</div></div>` : nothing}
    ${givenView(incident)}
    ${outcomeView(incident)}
    ${incident.summary ? html`<p class="note-text">${incident.summary}</p>` : nothing}
    ${why(incident, detail)}
    ${answersView(incident, detail)}
    ${hazards(detail)}
    ${recommendationView(incident)}
    ${people(incident)}
    ${clocks(incident)}
    ${notes(detail)}
    ${photos(incident, detail)}
    ${callsView(incident, detail)}
    ${absorbed(incident)}
    <section><h3>${t("sheet.timeline")}</h3>${timeline(detail)}</section></div>${sendFoot(incident)}`;
}

function nothingSelected() {
  return html`<div class="empty">${icon("lantern")}<h2>${t("sheet.none")}</h2><p>${t("sheet.none_hint")}</p>
    <p><kbd>J</kbd> <kbd>K</kbd> ${t("keys.step")} · <kbd>N</kbd> ${t("keys.call")} · <kbd>?</kbd> ${t("keys.list")}</p></div>`;
}

export function drawSheet() {
  const at = document.getElementById("sheet");
  const incident = state.incidents.get(state.selected);
  const call = state.calls.get(state.call);
  render(state.form ? drawForm() : call ? callSheet(call, answerCall) : incident ? sheet(incident) : nothingSelected(), at);
}

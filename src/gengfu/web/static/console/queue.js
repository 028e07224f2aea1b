// The queue: what waits, what runs, what is late. Its order holds still under a hand.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { get, query } from "./api.js";
import { answerCall } from "./callform.js";
import { clockBar, clockStanding, contestedChip, icon, isSilent, priorityGlyph, unitChip } from "./parts.js";
import { answeredCalls, changed, ENDED, lateTasks, now, ringingCalls, ringsLate, select, selectCall, since, state } from "./store.js";
import { say, toastRefusal } from "./toast.js";
import { nameOf, running, t, word } from "./words.js";

const OPEN = new Set(["waiting", "dispatched", "en_route", "on_scene", "controlled"]);
const FILTERS = ["open", "waiting", "late", "contested", "closed"];
const CHIPS_SHOWN = 2;
const CHIP_LETTERS = 14;
const CALLS_SHOWN = 3;
/** A call answered this long ago and still without an outcome stands out. */
const UNFINISHED_S = 120;
const DAY_MS = 86_400_000;
let order = [];
let callOrder = [];
let held = false;
let filter = "open";
let newAbove = [];
let endedFrom = null;
let fetching = false;

const place = () => document.getElementById("queue");

const isControlled = (one) => one.stage === "controlled";

/** What is under control last; later than its clock first; then by priority; then by who
    waits longest. */
function compare(a, b) {
  const overdue = (one) => Math.max(0, -(clockStanding(one.deadline).left ?? 0));
  return isControlled(a) - isControlled(b) || overdue(b) - overdue(a) || a.priority - b.priority || Date.parse(a.opened_at) - Date.parse(b.opened_at);
}

const newest = (a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at);

function shown() {
  const owed = new Set(lateTasks().map((one) => one.case));
  const isLate = (one) => clockStanding(one.deadline).tone === "late" || owed.has(one.id);
  const rows = [...state.incidents.values()].filter((one) =>
    filter === "closed" ? ENDED.has(one.stage) : OPEN.has(one.stage) && (filter === "waiting" ? one.stage === "waiting"
      : filter === "late" ? isLate(one) : filter === "contested" ? one.contested > 0 : true));
  return rows.sort(filter === "closed" ? newest : compare);
}

/** Re-sort, unless a pointer or the focus is on the list: then only note what is new. */
function arrange() {
  const rows = shown();
  if (!held) {
    order = rows.map((one) => one.id);
    newAbove = [];
    return;
  }
  const present = new Set(rows.map((one) => one.id));
  const before = newAbove.length;
  order = order.filter((id) => present.has(id));
  const known = new Set(order);
  newAbove = rows.filter((one) => !known.has(one.id)).map((one) => one.id);
  if (newAbove.length > before) say(t("queue.new_above", { n: newAbove.length }));
}

export function release() {
  held = false;
  place().querySelector(".queue-scroll").scrollTop = 0;
  changed("incidents");
}

/** Select the next (+1) or the one before (-1), calls first, and bring it into view. */
export function step(by) {
  const all = [...callOrder, ...order];
  if (!all.length) return;
  const at = all.indexOf(state.call ?? state.selected);
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  if (callOrder.includes(next)) selectCall(next);
  else select(next);
  place().querySelector(`[data-id="${CSS.escape(next)}"]`)?.scrollIntoView({ block: "nearest" });
}

/** Fetch what ended, one day further back each time: the picture holds only what runs. */
async function loadEnded() {
  fetching = true;
  const before = endedFrom;
  endedFrom = (before ?? now()) - DAY_MS;
  changed("incidents");
  try {
    const given = { opened_from: new Date(endedFrom).toISOString(), limit: 2000 };
    if (before != null) given.opened_before = new Date(before).toISOString();
    for (const one of await get(query("/api/v1/incidents", given))) {
      if (!state.incidents.has(one.id)) state.incidents.set(one.id, one);
    }
  } catch (refusal) {
    endedFrom = before;
    toastRefusal(refusal);
  }
  fetching = false;
  held = false;
  changed("incidents");
}

export function setFilter(name) {
  filter = name;
  held = false;
  if (name === "closed") { endedFrom = null; loadEnded(); }
  changed("incidents");
}

function unitsOf(incident) {
  const all = (incident.assignments ?? []).filter((one) => !one.cleared_at).map((one) => state.units.get(one.unit)).filter(Boolean);
  if (!all.length) return html`<span class="none">${t("queue.no_units")}</span>`;
  const room = all[0].callsign.length + (all[1]?.callsign.length ?? 0) > CHIP_LETTERS ? 1 : CHIPS_SHOWN;
  const more = all.length - room;
  return html`${all.some(isSilent) ? html`<span class="chip bad" title=${t("unit.crew_silent")}>${icon("offline")}<span class="only-heard">${t("unit.crew_silent")}</span></span>` : nothing}${all.slice(0, room).map(unitChip)}${more > 0
    ? html`<span class="chip" title=${all.map((one) => one.callsign).join(", ")}>+${more}</span>` : nothing}`;
}

function card(id) {
  const incident = state.incidents.get(id);
  if (!incident) return nothing;
  const { tone } = clockStanding(incident.deadline);
  const type = nameOf(state.types.get(incident.type)) || incident.type;
  const ended = ENDED.has(incident.stage);
  return html`<li><button type="button" class="q" data-id=${id} aria-current=${state.selected === id ? "true" : "false"}
      @click=${() => select(id)}>
    ${priorityGlyph(incident.priority)}
    <span class="line"><span class="type cut">${type}</span>
      ${isControlled(incident) ? html`<span class="chip good">${word("stage.incident", incident.stage)}</span>` : nothing}${contestedChip(incident)}
      ${incident.photos ? html`<span class="photo-count" title=${t("photo.count", { n: incident.photos })}>${icon("camera")}${incident.photos}</span>` : nothing}
      <span class="run ${tone}">${tone === "late" ? html`<span class="only-heard">${t("queue.late")} </span>` : nothing}${ended ? incident.code : running(since(incident.opened_at))}</span></span>
    <span class="line"><span class="place cut" title=${incident.place}>${incident.place}</span><span class="units">${ended ? html`<span class="chip">${word("stage.incident", incident.stage)}</span>` : unitsOf(incident)}</span></span>
    ${clockBar(incident.deadline)}
  </button></li>`;
}

const callTitle = (one) => `${word("channel", one.channel)}${one.type ? ` · ${nameOf(state.types.get(one.type))}` : ""}`;
const mine = (one) => one.answered_by === state.me?.account;

/** A call to answer; pressed, it is answered at once. */
function ringingCard(one, at) {
  return html`<li><button type="button" class="q call" data-id=${one.id} aria-current=${state.call === one.id ? "true" : "false"} @click=${() => answerCall(one.id)}>
    ${icon("phone")}<span class="line"><span class="type cut">${callTitle(one)}</span><span class="run ${ringsLate(one) ? "late" : ""}">${ringsLate(one) ? html`<span class="only-heard">${t("queue.late")} </span>` : nothing}${running(since(one.opened_at))}</span></span>
    <span class="line"><span class="place cut">${one.place || one.text}</span><span class="chip info">${t("action.answer")}${at === 0 ? html` <kbd aria-hidden="true">A</kbd>` : nothing}</span></span></button></li>`;
}

/** A call that somebody answered and nobody finished: an incident may be hidden in it. */
function answeredCard(one) {
  const age = since(one.answered_at ?? one.opened_at);
  return html`<li><button type="button" class="q call answered" data-id=${one.id} aria-current=${state.call === one.id || state.form?.call === one.id ? "true" : "false"} @click=${() => selectCall(one.id)}>
    ${icon("note")}<span class="line"><span class="type cut">${callTitle(one)}</span><span class="run ${age > UNFINISHED_S ? "near" : ""}">${running(age)}</span></span>
    <span class="line"><span class="place cut">${one.place || one.text}</span><span class="chip ${mine(one) ? "" : "warn"}">${mine(one) ? t("queue.yours") : one.answered_by ?? "–"}</span></span></button></li>`;
}

function callLists(ringing, answered) {
  const hidden = ringing.length - CALLS_SHOWN;
  return html`${ringing.length ? html`<ol aria-label=${t("queue.ringing")}>${repeat(ringing.slice(0, CALLS_SHOWN), (one) => one.id, ringingCard)}</ol>` : nothing}
    ${hidden > 0 ? html`<p class="more quieter">${t(hidden === 1 ? "queue.one_more_call" : "queue.more_calls", { n: hidden })}</p>` : nothing}
    ${answered.length ? html`<h3 class="queue-part">${t("queue.answered")} <span class="count">${answered.length}</span></h3><ol aria-label=${t("queue.answered")}>${repeat(answered, (one) => one.id, answeredCard)}</ol>` : nothing}`;
}

/** Answer the call that has waited longest. */
export function answerNext() {
  const [first] = ringingCalls();
  if (first) answerCall(first.id);
}

const more = () => html`<button type="button" class="button small more-days" ?disabled=${fetching} @click=${loadEnded}>${t("queue.earlier")}</button>`;

export function drawQueue() {
  arrange();
  const empty = t(`queue.empty_${filter}`);
  const noCalls = filter === "closed" || filter === "contested";
  const ringing = noCalls ? [] : filter === "late" ? ringingCalls().filter(ringsLate) : ringingCalls();
  const answered = noCalls || filter === "late" ? [] : answeredCalls();
  callOrder = [...ringing.slice(0, CALLS_SHOWN), ...answered].map((one) => one.id);
  const calls = ringing.length + answered.length;
  render(
    html`<div class="pane-head"><h2>${t("queue.title")} <span class="count">${order.length + calls}</span></h2>
      <label class="only-heard" for="queue-filter">${t("queue.filter")}</label>
      <select id="queue-filter" class="select push cut" .value=${filter} @change=${(event) => setFilter(event.target.value)}>
        ${FILTERS.map((name) => html`<option value=${name}>${t(`queue.${name}`)}</option>`)}</select>
      <button type="button" class="button main" aria-keyshortcuts="N" data-command="call">${icon("phone")}${t("action.call")}<kbd aria-hidden="true">N</kbd></button>
    </div>
    <div class="queue-scroll" tabindex="-1" @pointerenter=${hold} @pointerleave=${letGo} @focusin=${hold} @focusout=${letGo}>
      ${newAbove.length ? html`<button type="button" class="above" @click=${release}>${icon("up")}${t("queue.new_above", { n: newAbove.length })}</button>` : nothing}
      ${callLists(ringing, answered)}
      ${order.length ? html`<ol>${repeat(order, (id) => id, card)}</ol>`
        : calls ? nothing : state.loaded && !fetching ? html`<div class="empty">${icon("check")}<p>${empty}</p></div>` : html`<div class="empty"><p>${t("loading")}</p></div>`}
      ${filter === "closed" ? more() : nothing}
    </div>`,
    place(),
  );
}

const hold = () => { held = true; };
function letGo(event) {
  if (event.currentTarget.contains(event.relatedTarget)) return;
  if (event.type === "pointerleave" && event.currentTarget.contains(document.activeElement) && document.activeElement.matches(":focus-visible")) return;
  held = false;
  changed("incidents");
}

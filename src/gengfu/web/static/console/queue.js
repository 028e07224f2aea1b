// The queue: what waits, what runs, what is late. Its order holds still under a hand.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { answerCall } from "./callform.js";
import { clockBar, clockStanding, icon, priorityGlyph, unitChip } from "./parts.js";
import { changed, ringingCalls, ringsLate, select, since, state } from "./store.js";
import { say } from "./toast.js";
import { nameOf, running, t, word } from "./words.js";

const OPEN = new Set(["waiting", "dispatched", "en_route", "on_scene", "controlled"]);
const CHIPS_SHOWN = 2;
const CHIP_LETTERS = 14;
const CALLS_SHOWN = 3;
let order = [];
let held = false;
let filter = "open";
let newAbove = [];

const place = () => document.getElementById("queue");

/** Later than its clock first; then by priority; then by who waits longest. */
function compare(a, b) {
  const overdue = (one) => Math.max(0, -(clockStanding(one.deadline).left ?? 0));
  return overdue(b) - overdue(a) || a.priority - b.priority || Date.parse(a.opened_at) - Date.parse(b.opened_at);
}

function shown() {
  const rows = [...state.incidents.values()].filter((one) =>
    filter === "open" ? OPEN.has(one.stage) : filter === "waiting" ? one.stage === "waiting" : filter === "late"
      ? OPEN.has(one.stage) && clockStanding(one.deadline).tone === "late" : one.stage === "closed");
  return rows.sort(compare);
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

export const ordered = () => order;

/** Select the next (+1) or the one before (-1), and bring it into view. */
export function step(by) {
  if (!order.length) return;
  const at = order.indexOf(state.selected);
  const next = order[Math.max(0, Math.min(order.length - 1, at < 0 ? 0 : at + by))];
  select(next);
  place().querySelector(`[data-id="${CSS.escape(next)}"]`)?.scrollIntoView({ block: "nearest" });
}

export function setFilter(name) {
  filter = name;
  held = false;
  changed("incidents");
}

function unitsOf(incident) {
  const all = (incident.assignments ?? []).filter((one) => !one.cleared_at).map((one) => state.units.get(one.unit)).filter(Boolean);
  if (!all.length) return html`<span class="none">${t("queue.no_units")}</span>`;
  const room = all[0].callsign.length + (all[1]?.callsign.length ?? 0) > CHIP_LETTERS ? 1 : CHIPS_SHOWN;
  const more = all.length - room;
  return html`${all.slice(0, room).map(unitChip)}${more > 0
    ? html`<span class="chip" title=${all.map((one) => one.callsign).join(", ")}>+${more}</span>` : nothing}`;
}

function card(id) {
  const incident = state.incidents.get(id);
  if (!incident) return nothing;
  const { tone } = clockStanding(incident.deadline);
  const type = nameOf(state.types.get(incident.type)) || incident.type;
  return html`<li><button type="button" class="q" data-id=${id} aria-current=${state.selected === id ? "true" : "false"}
      @click=${() => select(id)}>
    ${priorityGlyph(incident.priority)}
    <span class="line"><span class="type cut">${type}</span>
      ${incident.photos ? html`<span class="photo-count" title=${t("photo.count", { n: incident.photos })}>${icon("camera")}${incident.photos}</span>` : nothing}
      <span class="run ${tone}">${tone === "late" ? html`<span class="only-heard">${t("queue.late")} </span>` : nothing}${running(since(incident.opened_at))}</span></span>
    <span class="line"><span class="place cut" title=${incident.place}>${incident.place}</span><span class="units">${unitsOf(incident)}</span></span>
    ${clockBar(incident.deadline)}
  </button></li>`;
}

/** Calls from the web, texts, alarms and feeds that nobody has answered yet. */
function ringing(waiting) {
  if (!waiting.length) return nothing;
  return html`<ol aria-label=${t("queue.ringing")}>${repeat(waiting.slice(0, CALLS_SHOWN), (one) => one.id, (one, at) => html`<li><button type="button" class="q call" @click=${() => answerCall(one.id)}>
    ${icon("phone")}<span class="line"><span class="type cut">${word("channel", one.channel)}${one.type ? ` · ${nameOf(state.types.get(one.type))}` : ""}</span><span class="run ${ringsLate(one) ? "late" : ""}">${ringsLate(one) ? html`<span class="only-heard">${t("queue.late")} </span>` : nothing}${running(since(one.opened_at))}</span></span>
    <span class="line"><span class="place cut">${one.place || one.text}</span><span class="chip info">${t("action.answer")}${at === 0 ? html` <kbd aria-hidden="true">A</kbd>` : nothing}</span></span></button></li>`)}</ol>
    ${waiting.length > CALLS_SHOWN ? html`<p class="more quieter">${t(waiting.length - CALLS_SHOWN === 1 ? "queue.one_more_call" : "queue.more_calls", { n: waiting.length - CALLS_SHOWN })}</p>` : nothing}`;
}

/** Answer the call that has waited longest. */
export function answerNext() {
  const [first] = ringingCalls();
  if (first) answerCall(first.id);
}

export function drawQueue() {
  arrange();
  const empty = t(`queue.empty_${filter}`);
  const calls = filter === "closed" ? [] : filter === "late" ? ringingCalls().filter(ringsLate) : ringingCalls();
  render(
    html`<div class="pane-head"><h2>${t("queue.title")} <span class="count">${order.length + calls.length}</span></h2>
      <label class="only-heard" for="queue-filter">${t("queue.filter")}</label>
      <select id="queue-filter" class="select push cut" .value=${filter} @change=${(event) => setFilter(event.target.value)}>
        ${["open", "waiting", "late", "closed"].map((name) => html`<option value=${name}>${t(`queue.${name}`)}</option>`)}</select>
      <button type="button" class="button main" aria-keyshortcuts="N" data-command="call">${icon("phone")}${t("action.call")}<kbd aria-hidden="true">N</kbd></button>
    </div>
    <div class="queue-scroll" tabindex="-1" @pointerenter=${hold} @pointerleave=${letGo} @focusin=${hold} @focusout=${letGo}>
      ${newAbove.length ? html`<button type="button" class="above" @click=${release}>${icon("up")}${t("queue.new_above", { n: newAbove.length })}</button>` : nothing}
      ${ringing(calls)}
      ${order.length ? html`<ol>${repeat(order, (id) => id, card)}</ol>`
        : calls.length ? nothing : state.loaded ? html`<div class="empty">${icon("check")}<p>${empty}</p></div>` : html`<div class="empty"><p>${t("loading")}</p></div>`}
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

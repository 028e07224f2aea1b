// Unit board, tasks and clocks: a drawer under the map, or standing columns on a wall.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { get, Refusal } from "./api.js";
import { may, notAllowed } from "./access.js";
import { act, order, setStatus } from "./actions.js";
import { closureBoard, closureTools, openClosures } from "./closures.js";
import { toldWords } from "./late.js";
import { button, checkIn, icon, isSilent, openOrders, orderChip, stageWord, statusGlyph, until } from "./parts.js";
import { changed, ENDED, fixAge, isPending, loadOffDuty, select, since, state } from "./store.js";
import { askAgency, sendUnit } from "./sending.js";
import { taskTone } from "./sheet.js";
import { age, causeOf, moveWord, nameOf, percent, reasonOf, running, t, taskWords, textOf, word } from "./words.js";

export const STATUSES = ["available", "assigned", "en_route", "on_scene", "transporting", "at_destination", "clearing", "out_of_service"];
const STALE_S = 60;
/** Groups of fewer incidents than this say little: their shares jump. */
const FEW = 5;
const byCallsign = new Intl.Collator("en", { numeric: true });
const look = { by: "post", clocks: null, clocksBy: "area", clocksAt: 0, clocksAll: false, unit: null, clocksProblem: false };

export const selectedUnit = () => look.unit;
export function pickUnit(id) {
  look.unit = look.unit === id ? null : id;
  changed("units", "unit");
}

export function openDrawer(name) {
  state.drawer = state.drawer === name ? null : name;
  if (name === "clocks") loadClocks();
  if (name === "units") loadOffDuty();
  changed("drawer");
  setTimeout(() => window.dispatchEvent(new Event("resize")), 60);
}

export async function loadClocks() {
  try {
    look.clocks = await get(`/api/v1/clocks?by=${look.clocksBy}`);
    look.clocksProblem = false;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    look.clocksProblem = true;
  }
  look.clocksAt = Date.now();
  changed("clocks");
}

/** How old a unit's position is; one that has none stands at its post while it is free. */
function fixWords(unit) {
  const fix = fixAge(unit);
  if (fix != null) return t("board.fix", { age: age(fix) });
  return t(unit.stage === "available" && unit.post ? "recommend.from_post" : "board.no_fix");
}

function unitButton(unit) {
  const fix = fixAge(unit);
  return html`<button type="button" class="unit ${fix != null && fix > STALE_S ? "stale" : ""}" aria-pressed=${look.unit === unit.id ? "true" : "false"} data-unit=${unit.id}
    title="${stageWord("unit", unit.stage)} · ${word("unit_kind", unit.kind)} · ${fixWords(unit)}" @click=${() => pickUnit(unit.id)}>
    ${statusGlyph(unit.stage)}<b>${unit.callsign}</b><span class="only-heard">${stageWord("unit", unit.stage)}</span>
    ${isSilent(unit) ? html`<span class="silent">${icon("offline")}<span class="only-heard">${t("unit.crew_silent")}</span></span>` : nothing}
    ${unit.stage !== "available" && unit.since ? html`<span class="since">${running(since(unit.since))}</span>` : nothing}</button>`;
}

/** The picked unit: what it is doing, and what can be done with it. */
function unitLine() {
  const unit = state.units.get(look.unit) ?? state.offDuty.get(look.unit);
  if (!unit) return nothing;
  const incident = state.incidents.get(unit.incident);
  const target = state.incidents.get(state.selected);
  const sendable = target && !ENDED.has(target.stage) && unit.incident !== target.id && unit.stage !== "off_duty";
  return html`<div class="row wrap pane-head unit-line">${statusGlyph(unit.stage)}<b>${unit.callsign}</b><span class="quiet">${word("unit_kind", unit.kind)} · ${stageWord("unit", unit.stage)}${unit.reason ? ` (${reasonOf(unit)})` : ""} · ${t("board.crew", { n: unit.crew ?? "–" })} · ${fixWords(unit)}</span>${checkIn(unit)}${openOrders(unit.id).map((one) => html`<span class="row">${orderChip(one)}<span class="quiet">${one.text}</span></span>`)}
    <span class="row wrap">${incident ? button({ label: incident.code, small: true, icon: "flag", press: () => select(incident.id) }) : nothing}
    ${sendable && may("send-unit") ? button({ label: t("send_unit.to", { code: target.code }), key: "F", small: true, main: true, icon: "send", press: () => sendUnit(unit.id) }) : nothing}
    ${may("status") ? button({ label: t("action.status"), key: "S", small: true, press: () => setStatus(unit.id) }) : nothing}
    ${may("order") && unit.stage !== "off_duty" ? button({ label: t("action.order"), key: "O", small: true, press: () => order(unit.id) }) : nothing}
    <button type="button" class="button bare square small" aria-label=${t("action.close")} @click=${() => pickUnit(look.unit)}>${icon("close")}</button></span></div>`;
}

/** The picked unit over the map, where the board that would show it is not open. */
export function drawUnitCard() {
  const at = document.getElementById("unit-card");
  const boardOpen = !wide.matches && state.drawer === "units";
  at.hidden = !look.unit || boardOpen || Boolean(state.form);
  render(at.hidden ? nothing : unitLine(), at);
}

function grouped(units, by) {
  const groups = new Map();
  if (by === "stage") for (const stage of STATUSES) groups.set(stage, []);
  for (const unit of units) {
    const key = by === "stage" ? unit.stage : by === "post" ? unit.post : unit.kind;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(unit);
  }
  return groups;
}

export function unitBoard() {
  const units = [...state.units.values()].sort((a, b) => STATUSES.indexOf(a.stage) - STATUSES.indexOf(b.stage) || byCallsign.compare(a.callsign, b.callsign));
  if (!units.length) return html`<div class="empty">${icon("truck")}<p>${t("board.empty")}</p></div>`;
  const title = (key) => (look.by === "stage" ? html`${statusGlyph(key)}${stageWord("unit", key)}` : look.by === "post" ? nameOf(state.posts.get(key)) || t("board.no_post") : word("unit_kind", key));
  return html`${wide.matches ? nothing : unitLine()}<div class="board ${look.by === "stage" ? "columns" : ""}">${repeat([...grouped(units, look.by)], ([key]) => key, ([key, members]) => html`
    <section><h3>${title(key)}<span class="quieter">${members.filter((one) => one.stage === "available").length}/${members.length}</span></h3>
      <div class="unit-chips">${repeat(members, (one) => one.id, unitButton)}</div></section>`)}${offDuty()}</div>`;
}

/** Units whose duty has ended: any of them can be brought back. */
function offDuty() {
  const units = [...state.offDuty.values()].sort((a, b) => byCallsign.compare(a.callsign, b.callsign));
  if (!units.length) return nothing;
  return html`<section><h3>${t("board.off_duty")}<span class="quieter">${units.length}</span></h3><div class="unit-chips">${repeat(units, (one) => one.id, (unit) => html`<button type="button" class="unit" aria-pressed=${look.unit === unit.id ? "true" : "false"} data-unit=${unit.id} @click=${() => pickUnit(unit.id)}>
    ${icon("moon")}<b>${unit.callsign}</b></button>`)}</div></section>`;
}

export function boardSwitch() {
  return html`<label class="only-heard" for="board-by">${t("board.by")}</label><select id="board-by" class="select push" .value=${look.by}
    @change=${(event) => { look.by = event.target.value; changed("units"); }}>${["post", "stage", "kind"].map((one) => html`<option value=${one}>${t(`board.by_${one}`)}</option>`)}</select>`;
}

const openTasks = () => [...state.tasks.values()].filter((one) => ["open", "signed", "refused"].includes(one.stage))
  .sort((a, b) => Number(b.stage === "refused") - Number(a.stage === "refused") || Number(b.stage === "open") - Number(a.stage === "open") || Date.parse(a.sign_by ?? a.due_by ?? a.opened_at) - Date.parse(b.sign_by ?? b.due_by ?? b.opened_at));
export const unsigned = () => [...state.tasks.values()].filter((one) => one.stage === "open");

function remaining(task) {
  const { left, tone } = until(task.stage === "open" ? task.sign_by : task.due_by);
  if (left == null) return nothing;
  return html`<span class="chip ${tone}">${icon("clock")}${left < 0 ? t("clock.over", { by: running(-left) }) : running(left)}</span>`;
}

function taskTools() {
  const incident = state.incidents.get(state.selected);
  return button({ label: incident ? t("ask_agency.for", { code: incident.code }) : t("ask_agency.button"), key: "Y", small: true, icon: "plus",
    disabled: !incident || !may("ask-agency"), title: !may("ask-agency") ? notAllowed("ask-agency") : incident ? "" : t("toast.select_first"), press: () => askAgency() });
}

export function taskBoard() {
  const rows = openTasks();
  if (!rows.length) return html`<div class="empty">${icon("check")}<p>${t("tasks.empty")}</p></div>`;
  return html`<ul class="task-rows" aria-label=${t("tasks.title")}>${repeat(rows, (one) => one.id, (task) => {
    const incident = state.incidents.get(task.case);
    const press = (name) => button({ label: moveWord("task", name), small: true, pending: isPending("task", task.id, name), press: () => act("task", task.id, name) });
    return html`<li><span class="stack tight"><span class="chip ${taskTone[task.stage] ?? ""}">${stageWord("task", task.stage)}</span>${task.escalation_level ? html`<span class="chip bad">${toldWords(task)}</span>` : nothing}</span>
      <span class="wall"><b>${nameOf(state.agencies.get(task.agency)) || task.agency}</b><br><span class="quiet">${taskWords(task)}</span>${task.cause ? html`<br><span class="quieter">${causeOf(task)}</span>` : nothing}</span>
      <span class="stack tight">${remaining(task)}${incident ? html`<button type="button" class="link" @click=${() => select(incident.id)}>${incident.code}</button>` : html`<span class="quieter">${task.case}</span>`}</span>
      <span class="row">${may("task") ? ["hand_over", "withdraw"].map(press) : nothing}</span></li>`;
  })}</ul>`;
}

export function clockBoard() {
  if (look.clocksProblem) return html`<div class="empty">${icon("offline")}<p>${t("clocks.failed")}</p>${button({ label: t("action.again"), press: loadClocks })}</div>`;
  if (!look.clocks) return html`<div class="empty"><p>${t("loading")}</p></div>`;
  const standards = new Map(look.clocks.standards.map((one) => [one.id, one]));
  // The groups that say something first; those of a handful of incidents on request.
  const counted = look.clocks.rows.filter((one) => one.n);
  if (look.clocksBy !== "hour") counted.sort((a, b) => b.n - a.n);
  const telling = counted.filter((one) => one.n >= FEW);
  const rows = look.clocksAll || !telling.length ? counted.slice(0, look.clocksAll ? undefined : FEW) : telling;
  if (!counted.length) return html`<div class="empty">${icon("clock")}<p>${t("clocks.empty")}</p></div>`;
  return html`${(look.clocks.warnings ?? []).map((one) => html`<div class="message warn">${icon("warn")}<div>${textOf(one)}</div></div>`)}
    <table class="table"><caption class="only-heard">${t("clocks.title")}</caption><thead><tr><th scope="col">${t(`clocks.by_${look.clocksBy}`)}</th><th scope="col">${t("clocks.standard")}</th><th scope="col" class="n">${t("clocks.n")}</th><th scope="col" class="n">${t("clocks.met")}</th><th scope="col">${t("clocks.interval")}</th><th scope="col" class="n">${t("clocks.p50")}</th><th scope="col" class="n">${t("clocks.p90")}</th></tr></thead>
    <tbody>${rows.map((row) => {
      const standard = standards.get(row.standard);
      const goal = (standard?.percentile ?? 90) / 100;
      return html`<tr><td>${groupWord(row.group) || t("clocks.no_area")}</td><td><span title=${standard?.citation ?? ""}>${nameOf(standard) || row.standard}</span></td><td class="n">${row.n}</td>
        <td class="n">${row.share >= goal ? "✓" : "▼"} ${percent(row.share)}</td><td class="wall">${percent(row.low, 0)} – ${percent(row.high, 0)}</td><td class="n">${running(row.p50_s)}</td><td class="n">${running(row.p90_s)}</td></tr>`;
    })}</tbody></table>
    ${counted.length > rows.length ? html`<p class="more">${button({ label: t("clocks.small", { n: counted.length - rows.length, few: FEW }), small: true, press: () => { look.clocksAll = true; changed("clocks"); } })}</p>` : nothing}`;
}

/** A group of the report in words: an area or a type by name, an hour as it is. */
const groupWord = (group) => (look.clocksBy === "type" ? nameOf(state.types.get(group)) : look.clocksBy === "area" ? word("area", group) : "") || group;

export function clockSwitch() {
  return html`<label class="only-heard" for="clocks-by">${t("clocks.by")}</label><select id="clocks-by" class="select push" .value=${look.clocksBy}
    @change=${(event) => { Object.assign(look, { clocksBy: event.target.value, clocks: null, clocksAll: false }); loadClocks(); }}>${["area", "hour", "type"].map((one) => html`<option value=${one}>${t(`clocks.by_${one}`)}</option>`)}</select>
    <a class="button small" href="/reports/clocks">${t("clocks.report")}</a>`;
}

const parts = {
  units: { icon: "truck", body: unitBoard, tools: boardSwitch, count: () => `${[...state.units.values()].filter((one) => one.stage === "available").length}/${state.units.size}` },
  tasks: { icon: "tasks", body: taskBoard, tools: taskTools, count: () => openTasks().length },
  closures: { icon: "barrier", body: closureBoard, tools: closureTools, count: () => openClosures().length },
  clocks: { icon: "clock", body: clockBoard, tools: clockSwitch, count: () => "" },
};
const KEYS = { units: "U", tasks: "T", closures: "B", clocks: "C" };
const wide = window.matchMedia("(min-width: 2200px)");

export function drawDrawer() {
  if (wide.matches) {
    if (Date.now() - look.clocksAt > 60_000 && !look.clocksProblem) { look.clocksAt = Date.now(); loadClocks(); }
    render(Object.entries(parts).map(([name, part]) => html`<section aria-label=${t(`drawer.${name}`)}><div class="pane-head">${icon(part.icon)}<h2>${t(`drawer.${name}`)} <span class="count">${part.count()}</span></h2>${part.tools()}</div>
      <div class="drawer-body" tabindex="0" role="group" aria-label=${t(`drawer.${name}`)}>${part.body()}</div></section>`), document.getElementById("side"));
    return;
  }
  const open = parts[state.drawer];
  render(html`<div class="tabs">${Object.entries(parts).map(([name, part]) => html`<button type="button" class="tab" aria-expanded=${state.drawer === name ? "true" : "false"} aria-controls="drawer-body" aria-keyshortcuts=${KEYS[name]}
      @click=${() => openDrawer(name)}>${icon(part.icon)}${t(`drawer.${name}`)} <span class="quieter">${part.count()}</span> <kbd aria-hidden="true">${KEYS[name]}</kbd></button>`)}
      ${open ? html`<span class="row push">${open.tools()}<button type="button" class="button bare square small" aria-label=${t("action.close")} @click=${() => openDrawer(state.drawer)}>${icon("down")}</button></span>` : nothing}</div>
    <div class="drawer-body" id="drawer-body" ?hidden=${!open} tabindex="0" role="region" aria-label=${open ? t(`drawer.${state.drawer}`) : nothing}>${open ? open.body() : nothing}</div>`, document.getElementById("drawer"));
}
wide.addEventListener("change", () => changed("drawer"));

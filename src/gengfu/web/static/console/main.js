// The console: fetch the picture, follow the feed, draw what changed, answer the keys.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { may, notAllowed } from "./access.js";
import { get } from "./api.js";
import { act, closeRoad, order, setStatus } from "./actions.js";
import { drawBar } from "./bar.js";
import { answerCall, closeForm, drawNear, hasDraft, openForm, submit } from "./callform.js";
import { drawDrawer, drawUnitCard, openDrawer, pickUnit, selectedUnit, STATUSES } from "./drawer.js";
import { listen } from "./feed.js";
import { makeMap } from "./map.js";
import { icon, stageWord, statusGlyph } from "./parts.js";
import { furnish, openPalette } from "./palette.js";
import { answerNext, drawQueue, setFilter, step } from "./queue.js";
import { recommend, sendChosen, toggleRow } from "./recommend.js";
import { pinPlace } from "./relocating.js";
import { askAgency, sendUnit } from "./sending.js";
import { drawSheet } from "./sheet.js";
import { changed, onChange, select, setPicture, state } from "./store.js";
import { toast, undo } from "./toast.js";
import { lang, learn, learnNames, percent, setZone, t, word } from "./words.js";

const root = document.documentElement;
let theme = root.dataset.theme === "light" ? "light" : "dark";
let chart = null;
let legend = false;
const RETRY_MS = 4000;
const MINUTES = [3, 5, 8, 10, 15, 20];
const SINGLE_KEYS = "gengfu.single-keys";

const selectedIncident = () => state.incidents.get(state.selected);
const withIncident = (run) => () => (selectedIncident() ? run(state.selected) : toast(t("toast.select_first"), { tone: "bad" }));

function switchTheme() {
  theme = theme === "dark" ? "light" : "dark";
  root.dataset.theme = theme;
  document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=strict`;
  chart?.setTheme(theme);
  changed("tick");
  drawTools();
}

function statusOfSubject() {
  const unit = selectedUnit() ?? selectedIncident()?.assignments?.find((one) => !one.cleared_at)?.unit;
  if (unit) setStatus(unit);
  else toast(t("toast.unit_first"), { tone: "bad" });
}

function goToSelected() {
  const one = selectedIncident();
  if (one) chart?.goTo(one.lon, one.lat);
}

function showCoverage(wanted) {
  chart?.showCoverage(wanted).then(drawTools);
  drawTools();
}
const toggleCoverage = () => showCoverage({ shown: !chart?.coverage().shown });

/** The next click on the map says a place; nothing where it is given up. */
async function pointAt() {
  if (!chart) return null;
  const wait = chart.pick();
  drawTools();
  const at = await wait;
  drawTools();
  return at;
}

async function relocateOnMap(id) {
  const at = await pointAt();
  if (at) pinPlace(id, at);
}

async function closeRoadOnMap() {
  const at = await pointAt();
  if (at) closeRoad(at.lon, at.lat);
}

function signOut() {
  const form = Object.assign(document.createElement("form"), { method: "post", action: "/sign-out" });
  document.body.append(form);
  form.submit();
}

function openSelected() {
  if (state.call) { answerCall(state.call); return; }
  step(0);
  goToSelected();
  document.querySelector("#sheet .sheet-scroll")?.focus();
}

/** Every command: its name, its key where it has one, and what it does. */
const commands = [
  { id: "call", key: "N", run: () => openForm() },
  { id: "answer", key: "A", run: answerNext },
  { id: "next", key: "J", run: () => step(1) },
  { id: "previous", key: "K", run: () => step(-1) },
  { id: "open", key: "Enter", run: openSelected },
  { id: "send", key: "D", run: withIncident(() => sendChosen()) },
  { id: "recommend", key: "R", run: withIncident((id) => recommend(id)) },
  { id: "status", key: "S", run: statusOfSubject },
  { id: "tasks", key: "T", run: () => openDrawer("tasks") },
  { id: "units", key: "U", run: () => openDrawer("units") },
  { id: "closures", key: "B", run: () => openDrawer("closures") },
  { id: "send-unit", key: "F", run: withIncident(() => sendUnit(selectedUnit())) },
  { id: "ask-agency", key: "Y", run: withIncident(() => askAgency()) },
  { id: "relocate-pin", key: "I", run: withIncident(relocateOnMap) },
  { id: "clocks", key: "C", run: () => openDrawer("clocks") },
  { id: "order", key: "O", run: () => order(selectedUnit()) },
  { id: "map", key: "M", run: () => { goToSelected(); chart?.focus(); } },
  { id: "palette", key: "/", run: openPalette },
  { id: "note", key: "E", run: withIncident((id) => act("incident", id, "note")) },
  { id: "priority", key: "P", run: withIncident((id) => act("incident", id, "reprioritise")) },
  { id: "merge", key: "G", run: withIncident((id) => act("incident", id, "merge")) },
  { id: "relocate", key: "L", run: withIncident((id) => act("incident", id, "relocate")) },
  { id: "close", key: "X", run: withIncident((id) => act("incident", id, "close")) },
  { id: "coverage", key: "V", run: toggleCoverage },
  { id: "keys", key: "?", run: () => document.getElementById("keys").showModal() },
  { id: "control", run: withIncident((id) => act("incident", id, "control")) },
  { id: "close-road", run: closeRoadOnMap },
  { id: "theme", run: switchTheme },
  { id: "show-waiting", run: () => setFilter("waiting") },
  { id: "show-late", run: () => setFilter("late") },
  { id: "show-contested", run: () => setFilter("contested") },
  { id: "show-ended", run: () => setFilter("closed") },
  { id: "show-open", run: () => setFilter("open") },
  { id: "whole-city", run: () => chart?.home() },
  { id: "supervision", run: () => window.location.assign("/supervision") },
  { id: "report", run: () => window.location.assign("/reports/clocks") },
  { id: "language", run: () => window.location.assign(`?lang=${lang === "zh" ? "en" : "zh"}`) },
  { id: "sign-out", run: signOut },
].map((one) => ({ ...one, label: () => t(`command.${one.id}`), hidden: () => !may(one.id),
  run: () => (may(one.id) ? one.run() : toast(notAllowed(one.id), { tone: "bad" })) }));
const byKey = new Map(commands.filter((one) => one.key).map((one) => [one.key.toLowerCase(), one]));
const byId = new Map(commands.map((one) => [one.id, one]));

const typing = (element) => element.matches?.("input:not([type=radio]):not([type=checkbox]),textarea,select,[contenteditable]");
const dialogOpen = () => document.querySelector("dialog[open]");

function keydown(event) {
  // Before the picture is there no key knows what it would act on, nor who may press it.
  if (!state.loaded) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
  if (control && event.key === "Enter" && state.form) { event.preventDefault(); submit(); return; }
  if (control && event.key.toLowerCase() === "z" && !typing(event.target)) { event.preventDefault(); undo(); return; }
  if (event.defaultPrevented || event.isComposing || control || event.altKey || dialogOpen()) return;
  if (event.key === "Escape") { escape(); return; }
  // In the form of a call a letter is part of the call, also where a choice has the focus.
  if (typing(event.target) || event.target.closest?.("#call-form") || localStorage.getItem(SINGLE_KEYS) === "off") return;
  if (event.key === "Enter" && event.target.closest?.("button,a,summary")) return;
  if (/^[1-9]$/.test(event.key) && state.recommendations.has(state.selected)) { event.preventDefault(); toggleRow(Number(event.key) - 1); return; }
  const command = byKey.get(event.key.toLowerCase());
  // The form of a call hides the incident behind it: no letter may act on what is not seen.
  if (state.form && command?.id !== "call") return;
  if (command) { event.preventDefault(); command.run(); }
}

/** Esc steps back one layer, and never loses what was typed. */
function escape() {
  const menu = document.querySelector("details.menu[open]");
  if (chart?.picking()) chart.stopPicking();
  else if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  else if (state.form) closeForm();
  else if (state.drawer) openDrawer(state.drawer);
  else if (document.activeElement && document.activeElement !== document.body) document.activeElement.blur();
  else select(null);
}

function drawTools() {
  const tool = (name, picture, press, pressed) => html`<button type="button" class="button square" title=${t(`command.${name}`)} aria-label=${t(`command.${name}`)} aria-pressed=${pressed} @click=${press}>${icon(picture)}</button>`;
  const plainTool = (name, picture, press) => html`<button type="button" class="button square" title=${t(`command.${name}`)} aria-label=${t(`command.${name}`)} @click=${press}>${icon(picture)}</button>`;
  render(html`<div class="map-tools" ?hidden=${Boolean(state.form)}>${plainTool("zoom-in", "plus", () => chart?.zoom(1))}${plainTool("zoom-out", "minus", () => chart?.zoom(-1))}${plainTool("whole-city", "home", () => chart?.home())}
      ${may("coverage") ? tool("coverage", "reach", toggleCoverage, chart?.coverage().shown ? "true" : "false") : ""}${tool("legend", "layers", () => { legend = !legend; drawTools(); }, legend ? "true" : "false")}</div>
    ${chart?.picking() ? html`<div class="map-hint" role="status">${icon("pin")}${t("relocate.hint")} <kbd>Esc</kbd></div>` : ""}
    ${chart?.coverage().shown ? coveragePanel(chart.coverage()) : ""}
    ${legend ? html`<div class="map-note"><ul class="legend">${STATUSES.map((one) => html`<li>${statusGlyph(one)}${stageWord("unit", one)}</li>`)}</ul><p>${t("map.ring")} ${t("map.at_post")}</p><p>${t("map.crowd")}</p></div>` : ""}`,
  document.getElementById("map-tools"));
}

/** Of which kind, within how many minutes, and how many people that covers. */
function coveragePanel({ kind, minutes, share }) {
  return html`<div class="coverage-panel" role="group" aria-label=${t("coverage.title")}>
    <div class="row"><label class="only-heard" for="cover-kind">${t("coverage.kind")}</label><select id="cover-kind" class="select" @change=${(event) => showCoverage({ kind: event.target.value })}>
      <option value="">${t("coverage.any")}</option>${(state.city?.unit_kinds ?? []).map((one) => html`<option value=${one.code} ?selected=${one.code === kind}>${word("unit_kind", one.code)}</option>`)}</select>
    <label class="only-heard" for="cover-minutes">${t("coverage.minutes")}</label><select id="cover-minutes" class="select" @change=${(event) => showCoverage({ minutes: Number(event.target.value) })}>
      ${MINUTES.map((one) => html`<option value=${one} ?selected=${one === minutes}>${one} ${t("unit.minute")}</option>`)}</select></div>
    <p><b>${share == null ? "–" : percent(share)}</b> ${t("coverage.share")}</p></div>`;
}

function drawKeys() {
  const keys = [...commands.filter((one) => one.key && !one.hidden()).map((one) => [one.key, one.label()]), ["1 – 9", t("command.toggle-row")], ["Ctrl K", t("command.palette")], ["Ctrl ⏎", t("command.submit")], ["Ctrl Z", t("action.undo")], ["Esc", t("command.escape")]];
  render(html`<div class="dialog-head"><h2 id="keys-title">${t("keys.title")}</h2><form method="dialog" class="push"><button class="button bare square" aria-label=${t("action.close")}>${icon("close")}</button></form></div>
    <div class="dialog-body stack"><dl class="keys">${keys.map(([key, label]) => html`<div><dt>${key.split(" ").map((one) => (one === "–" ? " – " : html`<kbd>${one}</kbd> `))}</dt><dd>${label}</dd></div>`)}</dl>
    <label class="row"><input type="checkbox" ?checked=${localStorage.getItem(SINGLE_KEYS) !== "off"} @change=${(event) => localStorage.setItem(SINGLE_KEYS, event.target.checked ? "on" : "off")}>${t("keys.single")}</label></div>`,
  document.getElementById("keys"));
}

const any = (parts, ...names) => parts.has("all") || names.some((one) => parts.has(one));
let lastSelected = null;
let lastFormLon = null;

function draw(parts) {
  if (any(parts, "tick", "incidents", "tasks", "calls")) drawBar(theme);
  if (any(parts, "tick", "incidents", "units", "calls", "selected", "pending")) drawQueue();
  if (any(parts, "tick", "incidents", "units", "tasks", "orders", "details", "selected", "recommendation", "pending", "form", "calls")) drawSheet();
  if (any(parts, "tick", "units", "tasks", "drawer", "clocks", "closures", "pending", "unit", "selected")) drawDrawer();
  if (any(parts, "tick", "units", "orders", "drawer", "unit", "selected", "form")) drawUnitCard();
  if (any(parts, "form", "incidents")) drawNear();
  if (parts.has("form")) drawTools();
  if (!chart) return;
  if (any(parts, "incidents", "selected", "form")) chart.drawIncidents();
  if (parts.has("form") && state.form?.lon != null && state.form.lon !== lastFormLon) chart.goTo(state.form.lon, state.form.lat);
  if (parts.has("form")) lastFormLon = state.form?.lon ?? null;
  if (any(parts, "positions", "units", "unit")) chart.drawUnits();
  if (any(parts, "closures")) chart.drawClosures();
  if (any(parts, "tick", "selected", "incidents", "recommendation")) chart.drawRoutes();
  if (parts.has("selected") && state.selected !== lastSelected) {
    lastSelected = state.selected;
    goToSelected();
  }
  if (parts.has("selected") && state.call) {
    const call = state.calls.get(state.call);
    chart.goTo(call?.lon, call?.lat);
  }
}

function fail(problem) {
  const box = document.getElementById("map-wait");
  render(html`<div class="empty">${icon("offline")}<h2>${t("start.failed")}</h2><p>${problem?.detail ?? ""}</p><button type="button" class="button main" @click=${() => window.location.reload()}>${t("action.again")}</button></div>`, box);
}

async function start() {
  drawKeys();
  drawSheet();
  drawQueue();
  try {
    const [me, city, dictionary, picture] = await Promise.all([get("/api/v1/me"), get("/api/v1/city"), get(`/api/v1/dictionary?lang=${lang}`).catch(() => ({})), get("/api/v1/picture")]);
    state.me = me;
    state.city = city;
    learn(dictionary);
    setZone(city.timezone);
    learnNames("unit_kind", city.unit_kinds);
    learnNames("skill", city.skills);
    learnNames("area", city.areas);
    for (const [name, table] of [["types", "code"], ["agencies", "id"], ["posts", "id"]]) {
      state[name] = new Map((city[name] ?? []).map((one) => [one[table], one]));
    }
    setPicture(picture);
    listen();
  } catch (problem) {
    fail(problem);
    setTimeout(start, RETRY_MS);
    return;
  }
  setInterval(() => changed("tick"), 1000);
  onChange(draw);
  changed("all");
  drawKeys();
  furnish(commands, (id) => { select(id); goToSelected(); }, (id) => { pickUnit(id); const one = state.units.get(id); chart?.goTo(one?.lon, one?.lat); });
  drawTools();
  try {
    chart = await makeMap({ element: document.getElementById("map"), statuses: STATUSES, pickedUnit: selectedUnit, pickUnit, startCall: openForm, theme });
    window.gengfuMap = chart.map;
    document.getElementById("map-wait").hidden = true;
    drawTools();
  } catch (problem) {
    render(html`<div class="empty">${icon("warn")}<p>${t("map.failed")}</p></div>`, document.getElementById("map-wait"));
    console.error(problem);
  }
  if (hasDraft() && !state.form) openForm();
  get("/api/v1/clocks?by=all").then((report) => { learnNames("standard", report.standards, "id"); changed("incidents"); }).catch(() => null);
}

document.addEventListener("keydown", keydown);
document.addEventListener("show-place", (event) => chart?.goTo(...event.detail));
document.addEventListener("click", (event) => {
  const name = event.target.closest?.("[data-command]")?.dataset.command;
  if (name && state.loaded) byId.get(name)?.run();
});
start();

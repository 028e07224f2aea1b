// The sheet of the selected incident: all that is known, all that can be done.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { act, moveKeys, movesFor, setStatus } from "./actions.js";
import { drawForm } from "./callform.js";
import { button, clockBar, clockStanding, icon, priorityGlyph, stageWord, statusGlyph } from "./parts.js";
import { photoLink, photoList } from "./photos.js";
import { recommend, recommendationView } from "./recommend.js";
import { isPending, loadDetail, move, select, since, state } from "./store.js";
import { toastRefusal } from "./toast.js";
import { clockTime, has, interval, moveWord, nameOf, running, t, taskWords, textOf, word } from "./words.js";

const CLOCKS = ["received", "answered", "located", "created", "dispatched", "signed", "en_route", "on_scene", "controlled", "closed"];
const stageTone = { waiting: "warn", dispatched: "info", en_route: "info", on_scene: "info", controlled: "good", closed: "", merged: "" };

function head(incident) {
  const { left, tone } = clockStanding(incident.deadline);
  const mains = movesFor(incident);
  return html`<header class="sheet-top">
    <h2>${priorityGlyph(incident.priority)}<span class="cut">${nameOf(state.types.get(incident.type)) || incident.type}</span>
      <span class="chip ${stageTone[incident.stage]} push">${stageWord("incident", incident.stage)}</span>
      <button type="button" class="button bare square small" aria-label=${t("action.close_sheet")} @click=${() => select(null)}>${icon("close")}</button></h2>
    <div class="place-line">${icon("pin")}<span class="cut" title=${incident.place}>${incident.place}</span>
      <span class="chip ${incident.located === "verified" ? "good" : "warn"} push">${incident.located === "verified" ? icon("check") : icon("warn")}${t(`located.${incident.located ?? "none"}`)}</span></div>
    <div class="row wrap quiet"><span class="mono">${incident.code}</span><span>${running(since(incident.opened_at))}</span>
      ${incident.calls > 1 ? html`<span class="chip">${icon("phone")}${t("sheet.calls", { n: incident.calls })}</span>` : nothing}
      ${incident.simulated ? html`<span class="tag">${t("simulated")}</span>` : nothing}
      ${left == null ? nothing : html`<span class="chip push ${tone === "late" ? "bad" : tone === "near" ? "warn" : ""}">${icon("clock")}${word("standard", incident.deadline.standard)}
        ${left < 0 ? t("clock.over", { by: running(-left) }) : t("clock.left", { left: running(left) })}</span>`}</div>
    ${clockBar(incident.deadline)}
    <div class="actions">${mains.map((name) => name === "recommend"
      ? button({ label: t("action.more_units"), key: "R", small: true, press: () => recommend(incident.id) })
      : button({ label: moveWord("incident", name), key: moveKeys[name], small: true, pending: isPending("incident", incident.id, name), press: () => act("incident", incident.id, name) }))}
      <a class="button small" href="/incidents/${incident.id}" target="_blank" rel="noopener">${t("sheet.full_page")}</a></div>
  </header>`;
}

function clocks(incident) {
  return html`<section><h3>${t("sheet.clocks")}</h3><dl class="stamps">${CLOCKS.map((name) => html`<div class=${incident.clocks?.[name] ? "" : "unset"}>
    <dt title=${t(`clock.${name}`)}>${t(`clock.${name}`)}</dt><dd>${clockTime(incident.clocks?.[name])}</dd></div>`)}</dl></section>`;
}

function hazards(detail) {
  if (!detail?.hazards?.length) return nothing;
  return html`<div class="message warn" role="note">${icon("warn")}<div><b>${t("sheet.hazards")}</b>
    <ul>${detail.hazards.map((one) => html`<li>${textOf(one) || one.name}</li>`)}</ul></div></div>`;
}

function people(incident) {
  const crews = incident.assignments ?? [];
  const tasks = [...state.tasks.values()].filter((one) => one.case === incident.id && one.stage !== "withdrawn");
  if (!crews.length && !tasks.length) return nothing;
  return html`<section><h3>${t("sheet.crews")}</h3><ul class="lines">
    ${crews.map((one) => {
      const unit = state.units.get(one.unit);
      const gone = Boolean(one.cleared_at);
      const stage = gone ? "cleared" : unit?.stage ?? one.status;
      return html`<li>${gone ? icon("check") : statusGlyph(stage)}<b>${unit?.callsign ?? one.unit}</b>
        <span class="quiet cut">${gone ? t("sheet.cleared") : stageWord("unit", stage)}</span>
        <span class="push row">${!gone && one.eta_s != null && !one.on_scene_at ? html`<span class="chip info">${interval(one.eta_low_s, one.eta_high_s, one.eta_s)}</span>` : nothing}
          ${one.on_scene_at ? html`<span class="quieter">${clockTime(one.on_scene_at)}</span>` : nothing}
          ${gone ? nothing : button({ label: t("action.status"), small: true, press: () => setStatus(one.unit) })}
          ${gone ? nothing : html`<button type="button" class="button bare square small" title=${t("action.release")} aria-label="${t("action.release")} ${unit?.callsign ?? one.unit}"
            @click=${() => move("incident", incident.id, "release", { unit: one.unit, reason: t("reason.not_needed") }).catch(toastRefusal)}>${icon("close")}</button>`}</span></li>`;
    })}
    ${tasks.map((task) => taskLine(task))}</ul></section>`;
}

export const taskTone = { open: "warn", signed: "good", refused: "bad", handed_over: "info", done: "" };

export function taskLine(task) {
  return html`<li>${icon("tasks")}<b class="cut">${nameOf(state.agencies.get(task.agency)) || task.agency}</b><span class="quiet cut">${taskWords(task)}</span>
    <span class="push row"><span class="chip ${taskTone[task.stage] ?? ""}">${stageWord("task", task.stage)}${task.stage === "open" && task.sign_by ? html` ${running((Date.parse(task.sign_by) - Date.now() - state.offsetMs) / 1000)}` : nothing}</span></span></li>`;
}

/** A fact's value in words: units by call sign, agencies, types and places by name. */
function factValue(name, value) {
  if (Array.isArray(value)) return value.map((one) => factValue(name, one)).join(", ");
  if (value && typeof value === "object") return value.callsign ?? value.words ?? (value.name ? word("task", value.name) : "");
  if (name === "type") return nameOf(state.types.get(value)) || value;
  if (name === "channel" || name === "priority" || name === "located") return word(name, value);
  if (name === "status" || name === "stage") return stageWord("unit", value);
  return state.units.get(value)?.callsign ?? (state.agencies.has(value) ? nameOf(state.agencies.get(value)) : state.incidents.get(value)?.code ?? String(value));
}

/** The facts worth reading; what machines alone need stays in the ledger. */
function factsText(facts) {
  return Object.entries(facts ?? {}).filter(([name]) => has(`fact.${name}`)).map(([name, value]) => [name, value == null ? "" : factValue(name, value)])
    .filter(([, value]) => value !== "").map(([name, value]) => `${word("fact", name)}: ${value}`).join(" · ");
}

function timeline(detail) {
  if (!detail?.timeline) return html`<p class="quieter">${t("loading")}</p>`;
  const rows = [...detail.timeline].sort((a, b) => b.seq - a.seq);
  return html`<ol class="timeline">${repeat(rows, (one) => one.seq, (one) => html`<li><time datetime=${one.at}>${clockTime(one.at)}</time>
    <div><b>${moveWord(one.kind ?? "incident", one.move)}</b> <span class="quiet">${factsText(one.facts)}</span>
    ${one.move === "add_photo" ? html`<div class="photos">${photoLink(one.case, detail.photos?.find((photo) => photo.id === one.facts?.photo))}</div>` : nothing}
    <div class="who">${one.actor}${one.represents ? ` · ${state.units.get(one.represents)?.callsign ?? (nameOf(state.agencies.get(one.represents)) || one.represents)}` : ""}${one.role ? ` · ${word("role", one.role)}` : ""} · #${one.seq}</div></div></li>`)}</ol>`;
}

/** Each call; a device's position is shown with source, accuracy and time, and becomes the place only on request. */
function calls(incident, detail) {
  const located = (detail?.calls ?? []).filter((one) => one.device_lon != null || one.device);
  if (!located.length) return nothing;
  return html`<section><h3>${t("sheet.call")}</h3><ul class="lines">${located.map((one) => {
    const device = one.device ?? { lon: one.device_lon, lat: one.device_lat, accuracy_m: one.device_accuracy_m, source: one.device_source, at: one.device_at };
    return html`<li>${icon("phone")}<span>${t("sheet.device", { source: device.source ?? "–", accuracy: Math.round(device.accuracy_m ?? 0), at: clockTime(device.at) })}</span>
      <span class="push">${button({ label: t("sheet.use_device"), small: true, pending: isPending("incident", incident.id, "relocate"),
        press: () => move("incident", incident.id, "relocate", { place: incident.place, lon: device.lon, lat: device.lat, source: "device", located: "unverified" }).catch(toastRefusal) })}</span></li>`;
  })}</ul></section>`;
}

function notes(detail) {
  if (!detail?.notes?.length) return nothing;
  return html`<section><h3>${t("sheet.notes")}</h3><ul class="lines">${detail.notes.map((one) => html`<li><time class="quieter">${clockTime(one.at)}</time><span class="note-text">${one.text}</span></li>`)}</ul></section>`;
}

function photos(incident, detail) {
  if (!detail?.photos?.length) return nothing;
  return html`<section><h3>${t("photo.title")}</h3>${photoList(incident.id, detail.photos)}</section>`;
}

function sheet(incident) {
  const detail = state.details.get(incident.id);
  return html`${head(incident)}<div class="sheet-scroll" tabindex="0" role="group" aria-label=${t("sheet.title")}>
    ${detail?.refusal && !detail.timeline ? html`<div class="message bad" role="alert">${icon("warn")}<div>${t("sheet.failed")} ${button({ label: t("action.again"), small: true, press: () => loadDetail(incident.id) })}</div></div>` : nothing}
    ${incident.summary ? html`<p class="note-text">${incident.summary}</p>` : nothing}
    ${hazards(detail)}
    ${recommendationView(incident)}
    ${people(incident)}
    ${clocks(incident)}
    ${notes(detail)}
    ${photos(incident, detail)}
    ${calls(incident, detail)}
    <section><h3>${t("sheet.timeline")}</h3>${timeline(detail)}</section></div>`;
}

function nothingSelected() {
  return html`<div class="empty">${icon("lantern")}<h2>${t("sheet.none")}</h2><p>${t("sheet.none_hint")}</p>
    <p><kbd>J</kbd> <kbd>K</kbd> ${t("keys.step")} · <kbd>N</kbd> ${t("keys.call")} · <kbd>?</kbd> ${t("keys.list")}</p></div>`;
}

export function drawSheet() {
  const at = document.getElementById("sheet");
  const incident = state.incidents.get(state.selected);
  render(state.form ? drawForm() : incident ? sheet(incident) : nothingSelected(), at);
}

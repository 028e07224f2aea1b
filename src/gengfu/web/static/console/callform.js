// Taking a call without a mouse: place, type, questions, words, send. The draft outlives
// a reload; likely duplicates stand beside the form and never cover it.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { post, Refusal } from "./api.js";
import { callerLine, deviceLine, dismissCall } from "./calls.js";
import { button, icon, outsideNote, priorityGlyph } from "./parts.js";
import { distinction, doubt, isSure, locatedAt, namedAs } from "./places.js";
import { hits, LETTERS_MIN, searchPlaces, stopSearch } from "./placesearch.js";
import { isNowhere, recommend } from "./recommend.js";
import { changed, drawNow, move, select, since, state } from "./store.js";
import { refusalText, say, toast, toastRefusal } from "./toast.js";
import { clockTime, labelOf, lang, nameOf, plain, running, t, textOf, word } from "./words.js";

const DRAFT = "gengfu.call-draft";
const PREVIEW_WAIT_MS = 260;
const LIST_STAYS_MS = 150;
/** A device's own word on where it is never counts as verified. */
const SURE_AT_BEST_M = 61;
const empty = () => ({ place: "", lon: null, lat: null, typeText: "", type: "", answers: {}, text: "", caller_name: "", callback: "",
  channel: "phone", priority: "", priority_reason: "", same_as: "", location_source: "", precision_m: null, place_kind: "", call: "" });
const look = { placeAt: 0, openList: "", typeAt: 0, candidates: [], hazards: [], assessed: null, outside: null, problem: "", refused: "", asked: false, busy: false };
/** The first place found for the words, where it was asked for before it was there. */
let placeComing = Promise.resolve();
let previewTimer = 0;
let previewTurn = 0;

export const hasDraft = () => Boolean(localStorage.getItem(DRAFT));

/** Open the form: on the draft where there is one, or at a place on the map. */
export function openForm(at = null) {
  const kept = JSON.parse(localStorage.getItem(DRAFT) ?? "null");
  state.form = state.form ?? { ...empty(), ...(kept ?? {}) };
  if (at) Object.assign(state.form, { lon: at.lon, lat: at.lat, location_source: "pin", precision_m: 0, place_kind: "pin", place: at.name || `${at.lon.toFixed(5)}, ${at.lat.toFixed(5)}` });
  Object.assign(look, { problem: "", refused: "", asked: false });
  keep();
  drawNow("form");
  document.getElementById(at ? "call-type" : "call-place")?.focus();
  preview();
}

/** Take up a call that waits: what the caller gave stands in the form. With a device's
    position, on request, that is the place. */
export async function answerCall(id, device = null) {
  const call = state.calls.get(id);
  if (!call) return;
  state.call = null;
  state.form = { ...empty(), call: id, channel: call.channel, place: call.place, lon: call.lon, lat: call.lat, text: call.text, answers: call.answers ?? {},
    type: call.type ?? "", typeText: nameOf(state.types.get(call.type)), location_source: "caller" };
  if (device) usePosition(device);
  openForm();
  if (call.stage === "ringing") await move("call", id, "answer").catch(toastRefusal);
}

/** Take a device's position as the place: unverified, for it is the device's word. */
function usePosition(device) {
  Object.assign(state.form, { lon: device.lon, lat: device.lat, precision_m: Math.max(SURE_AT_BEST_M, device.accuracy_m ?? 0), place_kind: "pin", location_source: "device",
    place: state.form.place || `${device.lon.toFixed(5)}, ${device.lat.toFixed(5)}` });
}

/** Put the form away; what was typed stays as the draft. */
export function closeForm() {
  if (!state.form) return;
  const blank = JSON.stringify(state.form) === JSON.stringify(empty());
  if (blank) localStorage.removeItem(DRAFT);
  else toast(t("call.draft_kept"));
  state.form = null;
  changed("form");
}

export function discard() {
  const was = { ...state.form };
  localStorage.removeItem(DRAFT);
  state.form = null;
  changed("form");
  toast(t(was.call ? "call.discarded_kept" : "call.discarded"), { undo: async () => { state.form = was; keep(); changed("form"); } });
}

function keep() {
  localStorage.setItem(DRAFT, JSON.stringify(state.form));
}

function set(values, { quietly = false } = {}) {
  Object.assign(state.form, values);
  keep();
  changed("form");
  if (!quietly) preview();
}

/* Place */
const placesAreFresh = () => hits.of === state.form.place;
const foundNothing = () => state.form.lon == null && state.form.place.trim().length >= LETTERS_MIN && placesAreFresh() && !hits.rows.length;

function typePlace(words) {
  set({ place: words, lon: null, lat: null, precision_m: null });
  searchPlaces(words, state.city?.center?.join(",") ?? "", () => {
    look.placeAt = 0;
    if (document.activeElement?.id === "call-place") look.openList = hits.rows.length ? "place" : "";
    changed("form");
  });
}

function setPlace(place) {
  const words = namedAs(state.form.place, place);
  set({ place: words, lon: place.lon, lat: place.lat, precision_m: place.precision_m, place_kind: place.kind, location_source: "gazetteer" });
  say([t("call.place_taken", { place: words }), doubt(place.kind, place.precision_m)].filter(Boolean).join(". "));
}

function takePlace(place) {
  look.openList = "";
  stopSearch();
  setPlace(place);
  document.getElementById("call-type")?.focus();
}

/** Go on to the type. Places still on their way are not waited for by the person: the first
    of them is taken when it comes, unless the words have changed by then. */
function leavePlace() {
  document.getElementById("call-type").focus();
  if (!placesAreFresh() && state.form.lon == null) placeComing = takeWhenFound(state.form, state.form.place);
}

async function takeWhenFound(form, words) {
  await hits.coming;
  if (state.form === form && form.place === words && form.lon == null && hits.of === words && hits.rows.length) setPlace(hits.rows[0]);
}

/* Type: two letters, the beginning of a word, or a keyword; of equal hits the more urgent,
   then the one that stands first in the catalogue. */
export function matchTypes(text, types) {
  const wanted = plain(text).trim();
  if (!wanted) return types;
  const scored = [];
  for (const type of types) {
    const names = [type.name, type.name_zh].filter(Boolean).map(plain);
    const initials = names.map((name) => name.split(/[\s,/-]+/).map((one) => one[0]).join(""));
    const words = [...names.flatMap((name) => name.split(/[\s,/-]+/)), ...(type.keywords ?? []).map(plain), ...(type.keywords_zh ?? []).map(plain)];
    const score = plain(type.short) === wanted || plain(type.code) === wanted || names.includes(wanted) ? 5
      : initials.some((one) => one.startsWith(wanted)) ? 4 : [...names, ...words].some((one) => one.startsWith(wanted)) ? 3
      : plain(type.code).startsWith(wanted) ? 2 : names.some((name) => name.includes(wanted)) ? 1 : 0;
    if (score) scored.push([score, type]);
  }
  return scored.sort((a, b) => b[0] - a[0] || a[1].priority - b[1].priority).map((one) => one[1]);
}

const typesShown = () => matchTypes(state.form.type ? "" : state.form.typeText, [...state.types.values()]).slice(0, 9);

function takeType(type) {
  look.openList = "";
  set({ type: type.code, typeText: nameOf(type), answers: {} });
  drawNow("form");
  (document.querySelector(".call-form [data-question] input") ?? document.getElementById("call-text"))?.focus();
}

/** The fields that the server may refuse, by its names for them: the field here and its label. */
const refusable = { place: ["call-place", "location"], type: ["call-type", "type"], text: ["call-text", "what"], callback: ["call-callback", "callback"],
  caller_name: ["call-name", "caller"], priority_reason: ["call-priority-reason", "priority_reason"] };
const isRefused = (id) => (look.refused === id ? "true" : "false");

/** Say a refusal by the label of the field it is about, and put the focus there. */
function refuse(refusal) {
  const [id, label] = refusable[refusal.place] ?? ["", ""];
  look.problem = refusalText(refusal, label && t(`field.${label}`));
  look.refused = id;
}

const given = (answers) => Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== ""));

const pointKey = (lon, lat) => (lon == null ? null : `${lon},${lat}`);
const isOutside = (form) => form.lon != null && look.outside === pointKey(form.lon, form.lat);

/* Duplicates, hazards and the priority by the rules, while typing */
function preview() {
  clearTimeout(previewTimer);
  const { lon, lat, place, type, text, callback, answers } = state.form;
  if (!type) look.assessed = null;
  if (lon == null && !type && !(place.length > 4 && text.length > 6)) { look.candidates = []; look.hazards = []; return; }
  previewTimer = setTimeout(async () => {
    const turn = ++previewTurn;
    try {
      const found = await post("/api/v1/calls/preview", { place, lon, lat, type: type || null, text, callback, answers: given(answers) });
      if (turn !== previewTurn || !state.form) return;
      const before = look.candidates.length;
      look.candidates = found.candidates ?? [];
      look.hazards = found.hazards ?? [];
      look.outside = found.area == null ? pointKey(lon, lat) : null;
      look.assessed = found.priority == null ? null : { type, priority: found.priority, reasons: found.priority_reasons ?? [] };
      if (look.candidates.length > before) say(t("call.duplicates_found", { n: look.candidates.length }));
      changed("form");
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
    }
  }, PREVIEW_WAIT_MS);
}

/** What a call cannot do without and does not have yet, in the order of the form. */
const missing = (form) => [!form.place.trim() && "place", !form.type && "type", form.priority && !form.priority_reason.trim() && "priority_reason"].filter(Boolean);

export async function submit() {
  const form = state.form;
  if (!form || look.busy) return;
  const [first] = missing(form);
  look.asked = Boolean(first);
  if (first) {
    look.problem = "";
    changed("form");
    document.getElementById(`call-${first.replace("_", "-")}`)?.focus();
    return;
  }
  look.busy = true;
  look.problem = "";
  look.refused = "";
  changed("form");
  if (form.lon == null) await placeComing;
  const body = { channel: form.channel, place: form.place, type: form.type, answers: given(form.answers), text: form.text };
  for (const name of ["caller_name", "callback", "same_as"]) if (form[name]) body[name] = form[name];
  if (form.lon != null) Object.assign(body, { lon: form.lon, lat: form.lat, located: locatedAt(form.precision_m), location_source: form.location_source || "gazetteer" });
  if (form.priority) Object.assign(body, { priority: Number(form.priority), priority_reason: form.priority_reason });
  try {
    const done = await post(form.call ? `/api/v1/calls/${form.call}/accept` : "/api/v1/calls", body);
    localStorage.removeItem(DRAFT);
    state.form = null;
    state.given = done.code && done.incident ? { incident: done.incident.id, code: done.code } : null;
    if (done.incident) state.incidents.set(done.incident.id, done.incident);
    select(done.incident?.id ?? form.same_as);
    changed("form", "incidents");
    toast(t(form.same_as ? "toast.call_added" : "toast.call_taken", { code: done.incident?.code ?? "" }));
    if (!form.same_as && done.incident && !isNowhere(done.incident)) recommend(done.incident.id);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    refuse(refusal);
  }
  look.busy = false;
  drawNow("form");
  if (look.problem) document.getElementById(look.refused)?.focus();
}

/** The two fields with a list: their rows for the words that stand there at this instant,
    null while those are still on their way. What was last drawn may be of earlier words. */
const lists = {
  place: { mark: "placeAt", rows: () => (placesAreFresh() ? hits.rows : null), take: takePlace },
  type: { mark: "typeAt", rows: typesShown, take: takeType },
};

function listKeys(event, name) {
  // What an input method composes is not typed yet; its Enter and Escape are its own.
  if (event.isComposing) return;
  const { mark, take } = lists[name];
  const rows = lists[name].rows();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!rows?.length) return;
    look.openList = name;
    look[mark] = event.key === "ArrowDown" ? (look[mark] + 1) % rows.length : (Math.max(look[mark], 0) + rows.length - 1) % rows.length;
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (event.repeat) return; // held down in one field, it takes nothing in the next
    if (look.openList === name && rows?.[look[mark]]) take(rows[look[mark]]);
    else if (name === "place") leavePlace();
  } else if (event.key === "Escape" && look.openList) {
    event.preventDefault();
    event.stopPropagation();
    look.openList = "";
    if (name === "place") stopSearch();
  }
  changed("form");
}

function openTypes() {
  if (state.form.type) return;
  look.openList = "type";
  // Nothing typed, nothing marked: one Enter too many must not choose a type.
  look.typeAt = state.form.typeText ? 0 : -1;
  changed("form");
}

/** Close the list of a field that was left for good. */
function closeLeft(name) {
  if (look.openList !== name || document.activeElement?.id === `call-${name}`) return;
  look.openList = "";
  changed("form");
}

function combobox({ name, label, value, rows, at, lead, input, invalid, hint, row, busy }) {
  const open = look.openList === name && rows.length > 0;
  const marked = busy ? -1 : at;
  return html`<div class="field"><label for="call-${name}">${label}</label>
    <input class="input ${lead ? "lead-field" : ""}" id="call-${name}" role="combobox" autocomplete="off" spellcheck="false" aria-autocomplete="list"
      aria-expanded=${open ? "true" : "false"} aria-controls="call-${name}-list" aria-activedescendant=${open && marked >= 0 ? `call-${name}-${marked}` : nothing}
      aria-invalid=${invalid ? "true" : "false"} .value=${live(value)} @input=${input} @keydown=${(event) => listKeys(event, name)}
      @focus=${() => { if (name === "type") openTypes(); }}
      @blur=${() => setTimeout(closeLeft, LIST_STAYS_MS, name)}>
    <ul class="options" id="call-${name}-list" role="listbox" aria-label=${label} aria-busy=${open && busy ? "true" : "false"} ?hidden=${!open}>
      ${rows.map((one, i) => html`<li id="call-${name}-${i}" role="option" aria-selected=${i === marked ? "true" : "false"} @pointerdown=${(event) => { event.preventDefault(); lists[name].take(one); }}>${row(one)}</li>`)}</ul>
    ${hint}</div>`;
}

function question(one) {
  const value = state.form.answers[one.id] ?? "";
  const answer = (given) => set({ answers: { ...state.form.answers, [one.id]: given } });
  if (one.kind === "yesno" || one.kind === "choice") {
    const options = one.kind === "yesno" ? [["yes", t("answer.yes")], ["no", t("answer.no")], ["unknown", t("answer.unknown")]] : one.options.map((option) => [option.value, labelOf(option)]);
    return html`<fieldset class="field" data-question=${one.id}><legend class="label">${textOf(one)}</legend><div class="choices">
      ${options.map(([code, label]) => html`<label class="choice"><input type="radio" name="q-${one.id}" .checked=${live(value === code)} @change=${() => answer(code)}><span>${label}</span></label>`)}</div></fieldset>`;
  }
  return html`<div class="field" data-question=${one.id}><label for="q-${one.id}">${textOf(one)}</label>
    <input class="input" id="q-${one.id}" type=${one.kind === "number" ? "number" : "text"} .value=${live(value)} @input=${(event) => answer(event.target.value)}></div>`;
}

const typed = (name) => (event) => set({ [name]: event.target.value }, { quietly: name !== "text" });

export function drawForm() {
  const form = state.form;
  const type = state.types.get(form.type);
  const assessed = look.assessed?.type === form.type ? look.assessed : null;
  const lacks = look.asked ? missing(form) : [];
  const problem = lacks.map((one) => t(`call.missing.${one}`)).join(" ") || look.problem;
  const computed = assessed?.priority ?? type?.priority ?? 3;
  return html`<header class="sheet-top"><h2>${icon("phone")}${t("call.title")}
      <span class="quieter push">${t("call.kept")}</span>
      <button type="button" class="button bare square small" aria-label=${t("action.close_sheet")} @click=${closeForm}>${icon("close")}</button></h2></header>
    <form class="sheet-scroll call-form" id="call-form" novalidate @submit=${(event) => { event.preventDefault(); submit(); }}>
      ${problem ? html`<div class="message bad" role="alert">${icon("warn")}<div>${problem}</div></div>` : nothing}
      ${answering(form)}
      ${combobox({ name: "place", label: t("field.location"), value: form.place, rows: hits.rows, busy: !placesAreFresh(), at: look.placeAt, lead: true,
        invalid: lacks.includes("place"),
        input: (event) => typePlace(event.target.value),
        row: (one) => html`${icon("pin")}<b class="cut">${nameOf(one)}</b><span class="quieter cut push">${distinction(one)}</span>`,
        hint: html`<span class="row">${foundNothing() ? html`<span class="chip warn">${icon("warn")}${t("located.none")}</span><span class="hint">${t("hint.nothing_found")}</span>`
          : form.lon == null || !isSure(form.precision_m)
          ? html`<span class="chip warn">${icon("warn")}${t("located.unverified")}</span><span class="hint">${(form.lon != null && doubt(form.place_kind, form.precision_m)) || t("hint.unverified")}</span>`
          : html`<span class="chip good">${icon("check")}${t("located.verified")}</span><span class="hint figures">${form.lon.toFixed(4)}, ${form.lat.toFixed(4)}</span>`}</span>` })}
      ${isOutside(form) ? outsideNote() : nothing}
      ${combobox({ name: "type", label: t("field.type"), value: form.typeText, rows: typesShown(), at: look.typeAt,
        invalid: lacks.includes("type"),
        input: (event) => { look.openList = "type"; look.typeAt = 0; set({ typeText: event.target.value, type: "" }); },
        row: (one) => html`${priorityGlyph(one.priority)}<span class="cut">${nameOf(one)}</span><span class="quieter push mono">${one.short ?? one.code}</span>`,
        hint: form.typeText.trim() && !form.type && !typesShown().length ? html`<span class="hint" role="status">${t("hint.no_type")}</span>` : nothing })}
      ${type?.advice ? html`<div class="message info">${icon("info")}<div><b>${t("call.advice")}</b> ${lang === "zh" ? type.advice_zh || type.advice : type.advice}</div></div>` : nothing}
      ${type?.questions?.length ? html`<div class="stack">${type.questions.map(question)}</div>` : nothing}
      <div class="field"><label for="call-text">${t("field.what")}</label>
        <textarea class="textarea" id="call-text" rows="3" aria-invalid=${isRefused("call-text")} .value=${live(form.text)} @input=${typed("text")}></textarea></div>
      <div class="two">
        <div class="field"><label for="call-callback">${t("field.callback")}</label><input class="input" id="call-callback" aria-invalid=${isRefused("call-callback")} type="tel" autocomplete="off" .value=${live(form.callback)} @input=${typed("callback")}></div>
        <div class="field"><label for="call-name">${t("field.caller")}</label><input class="input" id="call-name" aria-invalid=${isRefused("call-name")} autocomplete="off" .value=${live(form.caller_name)} @input=${typed("caller_name")}></div>
      </div>
      <div class="two">
        <div class="field"><label for="call-priority">${t("field.priority")}</label><select class="select" id="call-priority" @change=${typed("priority")}>
          <option value="" ?selected=${!form.priority}>${t("call.computed", { p: computed })}</option>
          ${[1, 2, 3, 4].filter((one) => one !== computed).map((one) => html`<option value=${one} ?selected=${form.priority === String(one)}>${one} · ${word("priority", one)}</option>`)}</select></div>
        <div class="field"><label for="call-channel">${t("field.channel")}</label><select class="select" id="call-channel" @change=${typed("channel")}>
          ${["phone", "text", "web", "alarm", "agency"].map((one) => html`<option value=${one} ?selected=${form.channel === one}>${t(`channel.${one}`)}</option>`)}</select></div>
      </div>
      ${assessed?.reasons.length && !form.priority ? html`<p class="hint">${assessed.reasons.map(textOf).join(lang === "zh" ? "；" : "; ")}</p>` : nothing}
      ${form.priority ? html`<div class="field"><label for="call-priority-reason">${t("field.priority_reason")}</label>
        <input class="input" id="call-priority-reason" aria-invalid=${lacks.includes("priority_reason") ? "true" : isRefused("call-priority-reason")} .value=${live(form.priority_reason)} @input=${typed("priority_reason")}></div>` : nothing}
      ${form.same_as ? html`<div class="message info">${icon("merge")}<div>${t("call.same_as", { code: state.incidents.get(form.same_as)?.code ?? "" })}
        ${button({ label: t("call.not_same"), small: true, press: () => set({ same_as: "" }) })}</div></div>` : nothing}
    </form>
    <div class="sheet-foot">
      <button type="button" class="button main ${look.busy ? "pending" : ""}" aria-keyshortcuts="Control+Enter" ?disabled=${look.busy} @click=${submit}>
        ${form.same_as ? t("call.add") : t("call.create")} <kbd aria-hidden="true">Ctrl ⏎</kbd></button>
      <span class="row quiet">${priorityGlyph(Number(form.priority) || computed)}${word("priority", Number(form.priority) || computed)}</span>
      <span class="push">${button({ label: t("action.discard"), press: discard, small: true })}</span></div>`;
}

/** Of a call that came in by itself: since when, from where its device says, who called. */
function answering(form) {
  const call = form.call && state.calls.get(form.call);
  if (!call) return nothing;
  return html`<div class="stack answering"><div class="row wrap"><b>${word("channel", call.channel)}</b><span class="quiet">${t("call.came", { at: clockTime(call.opened_at) })} · ${running(since(call.opened_at))}</span><span class="push">${callerLine(call)}</span></div>
    ${deviceLine(call, (device) => { usePosition(device); set({}); })}
    <div>${button({ label: t("dismiss.button"), small: true, press: () => dismissCall(form.call, forgetForm) })}</div></div>`;
}

function forgetForm() {
  localStorage.removeItem(DRAFT);
  state.form = null;
  changed("form");
}

/** Likely duplicates and known hazards, in the map's column beside the form. */
export function drawNear() {
  const at = document.getElementById("near");
  const shown = state.form && (look.candidates.length || look.hazards.length);
  at.hidden = !shown;
  render(!shown ? nothing : html`
    ${look.hazards.length ? html`<div class="card"><header>${icon("warn")}<h2>${t("sheet.hazards")}</h2></header>
      <ul class="stack">${look.hazards.map((one) => html`<li>${textOf(one) || one.name}</li>`)}</ul></div>` : nothing}
    ${look.candidates.length ? html`<div class="card"><header>${icon("merge")}<h2>${t("call.maybe_same")}</h2></header>
      <ul class="lines">${look.candidates.slice(0, 4).map((one) => {
        const incident = state.incidents.get(one.incident);
        if (!incident) return nothing;
        const same = state.form.same_as === one.incident;
        return html`<li><div class="stack wall">
          <div class="row">${priorityGlyph(incident.priority)}<b class="cut">${nameOf(state.types.get(incident.type))}</b><span class="quieter push">${running(since(incident.opened_at))}</span></div>
          <div class="quiet cut">${incident.place}</div>
          <div class="unit-chips"><span class="chip ${one.score > 0.7 ? "bad" : "warn"}">${Math.round(one.score * 100)} %</span>${one.reasons.map((reason) => html`<span class="chip">${textOf(reason)}</span>`)}</div>
          <div>${button({ label: same ? t("call.not_same") : t("call.is_same"), small: true, main: !same, press: () => set({ same_as: same ? "" : one.incident }) })}</div>
        </div></li>`;
      })}</ul></div>` : nothing}`, at);
}

// The crew's page: my job, one large button that is always the next status.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, Refusal } from "../console/api.js";
import { ask } from "../console/ask.js";
import { nextStatus, outOfService, unitMovesFor } from "../console/actions.js";
import { listen, standing } from "../console/feed.js";
import { clockStanding, icon, priorityGlyph, stageWord, statusGlyph } from "../console/parts.js";
import { photoList } from "../console/photos.js";
import { changed, isPending, move, onChange, setPicture, state } from "../console/store.js";
import { cameraButton, shotsView } from "./camera.js";
import { chatView, hearNotes } from "./chat.js";
import { keepWay, wayView } from "./way.js";
import { toast, toastRefusal } from "../console/toast.js";
import { bootData, clockTime, lang, learn, learnNames, moveWord, nameOf, running, setZone, t, textOf } from "../console/words.js";

const POSITION_EVERY_MS = 5000;
const KNOTS_PER_M_S = 1.943844;
const me = { unit: bootData.unit, watch: null, sentAt: 0, refused: false };
const detail = { of: null, answers: [], notes: [], hazards: [], photos: [], calls: [], caller: null, addedThen: 0 };

const unit = () => state.units.get(me.unit) ?? state.offDuty.get(me.unit);
const job = () => state.incidents.get(unit()?.incident);
/** How much people have added to an incident: what grows has to be read again. */
const added = (incident) => (incident ? incident.photos + incident.notes : 0);
const onDuty = () => unit() && !["out_of_service", "off_duty"].includes(unit().stage);

async function loadJob(id) {
  if (detail.of !== id) Object.assign(detail, { answers: [], notes: [], hazards: [], photos: [], calls: [], caller: null });
  Object.assign(detail, { of: id, addedThen: added(job()) });
  try {
    const found = await get(`/api/v1/incidents/${id}`);
    Object.assign(detail, { answers: found.answers ?? [], notes: found.notes ?? [], hazards: found.hazards ?? [], photos: found.photos ?? [], calls: found.calls ?? [] });
    hearNotes(found.incident, detail.notes, me.unit);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    detail.of = null;
  }
  changed("details");
}

async function press(name) {
  if (name === "transport" || name === "go_out_of_service") {
    await ask({ title: moveWord("unit", name), confirm: moveWord("unit", name),
      fields: [name === "transport" ? { name: "destination", label: t("field.destination"), required: true,
        presets: [...state.posts.values()].filter((one) => one.kind === "hospital").map(nameOf) } : outOfService()],
      run: (values) => move("unit", me.unit, name, values) });
  } else {
    await move("unit", me.unit, name).catch(toastRefusal);
  }
  if (!onDuty()) share(false);
}

/* Position: only when switched on, and off by itself when duty ends. */
function share(on) {
  if (on && me.watch == null) {
    me.refused = false;
    me.watch = navigator.geolocation?.watchPosition(sendPosition, () => { share(false); toast(t("report.position_failed"), { tone: "bad" }); }, { enableHighAccuracy: true, maximumAge: 2000 });
  } else if (!on && me.watch != null) {
    navigator.geolocation.clearWatch(me.watch);
    me.watch = null;
  }
  changed("share");
}

/* Positions go the way every phone's do, with this unit's own token for positions. */
async function sendPosition({ coords, timestamp }) {
  if (Date.now() - me.sentAt < POSITION_EVERY_MS || !onDuty()) return;
  me.sentAt = Date.now();
  const known = { lat: coords.latitude, lon: coords.longitude, timestamp: Math.round(timestamp / 1000), accuracy: coords.accuracy,
    bearing: coords.heading, speed: coords.speed == null ? null : coords.speed * KNOTS_PER_M_S };
  const fix = new URLSearchParams({ id: me.unit });
  for (const [name, value] of Object.entries(known)) if (Number.isFinite(value)) fix.set(name, value);
  const answer = await fetch("/ingest/osmand", { method: "POST", body: fix, headers: { Authorization: `Bearer ${bootData.position_token}` } }).catch(() => null);
  me.refused = answer != null && !answer.ok;
  if (me.refused) share(false);
}

function noJob() {
  if (unit()?.stage === "off_duty") return html`<div class="empty">${icon("pause")}<h2>${stageWord("unit", "off_duty")}</h2><p>${t("field.app.off_duty_hint")}</p></div>`;
  return html`<div class="empty">${icon("check")}<h2>${t("field.app.no_job")}</h2><p>${t("field.app.no_job_hint")}</p></div>`;
}

/* An order counts as read once it has stood on a screen that somebody looks at. */
const readOrders = new Set();
function markRead(shown) {
  if (document.visibilityState !== "visible") return;
  for (const { id } of shown.filter((one) => one.stage === "sent" && !readOrders.has(one.id))) {
    readOrders.add(id);
    move("order", id, "read").catch(() => readOrders.delete(id));
  }
}

function orders() {
  const mine = [...state.orders.values()].filter((one) => one.unit === me.unit && one.stage !== "acknowledged");
  markRead(mine);
  return mine.map((one) => html`<div class="message info">${icon("note")}<div class="stack"><span>${one.text}</span>
    <button type="button" class="button big" @click=${() => move("order", one.id, "acknowledge").catch(toastRefusal)}>${moveWord("order", "acknowledge")}</button></div></div>`);
}

/* The number is read when it is needed, and the server records who read it. */
async function askCaller() {
  try {
    for (const one of detail.calls) {
      const known = await get(`/api/v1/calls/${one.id}/caller`);
      if (known.callback) {
        detail.caller = known;
        changed("details");
        return;
      }
    }
    toast(t("caller.none"), { tone: "info" });
  } catch (refusal) {
    toastRefusal(refusal);
  }
}

function callBack() {
  if (!detail.calls.length) return nothing;
  const { caller } = detail;
  if (!caller) return html`<button type="button" class="button big" title=${t("caller.recorded")} @click=${askCaller}>${icon("phone")}${t("field.app.callback")}</button>`;
  return html`<a class="button big" href="tel:${caller.callback.replace(/[^\d+]/g, "")}">${icon("phone")}${caller.name} ${caller.callback}</a>`;
}

function jobView(incident) {
  const { left, tone } = clockStanding(incident.deadline);
  const there = incident.lon == null ? null : `geo:${incident.lat},${incident.lon}?q=${incident.lat},${incident.lon}`;
  return html`<div class="row">${priorityGlyph(incident.priority)}<h2>${nameOf(state.types.get(incident.type)) || incident.type}</h2></div>
    <p class="where">${incident.place}</p>
    <div class="row wrap">${incident.located === "verified" ? nothing : html`<span class="chip warn">${icon("warn")}${t(`located.${incident.located}`)}</span>`}
      <span class="mono quiet">${incident.code}</span>${incident.simulated ? html`<span class="tag">${t("simulated")}</span>` : nothing}
      ${left == null ? nothing : html`<span class="chip ${tone === "late" ? "bad" : tone === "near" ? "warn" : ""}">${icon("clock")}${left < 0 ? t("clock.over", { by: running(-left) }) : t("clock.left", { left: running(left) })}</span>`}</div>
    ${detail.hazards.length ? html`<div class="message warn">${icon("warn")}<div><b>${t("field.app.hazards")}</b><ul>${detail.hazards.map((one) => html`<li>${textOf(one)}</li>`)}</ul></div></div>` : nothing}
    ${incident.summary ? html`<p>${incident.summary}</p>` : nothing}
    ${detail.answers.length ? html`<dl class="answers" aria-label=${t("sheet.answers")}>${detail.answers.map((one) => html`<div>
      <dt>${lang === "zh" ? one.question_zh : one.question}</dt><dd>${lang === "zh" ? one.answer_zh : one.answer}</dd></div>`)}</dl>` : nothing}
    ${wayView()}
    <div class="row wrap">${there ? html`<a class="button big" href=${there}>${icon("route")}${t("field.app.route")}</a>` : nothing}
      ${callBack()}
      ${cameraButton(incident.id, () => loadJob(incident.id))}</div>
    ${detail.photos.length ? html`<section><h2>${t("photo.title")}</h2>${photoList(incident.id, detail.photos)}</section>` : nothing}
    ${chatView(incident, detail.notes, me.unit, () => loadJob(incident.id))}`;
}

function draw() {
  const mine = unit();
  if (mine && me.watch != null && !onDuty()) share(false); // somebody else ended this crew's duty
  const offline = standing() === "lost" || !navigator.onLine;
  render(html`<span class="brand">${icon("lantern")}</span>${mine ? html`${statusGlyph(mine.stage)}<b>${mine.callsign}</b><span>${stageWord("unit", mine.stage)}</span>` : nothing}
    <time class="push">${clockTime(Date.now() + state.offsetMs)}</time><a class="button bare" href="?lang=${lang === "zh" ? "en" : "zh"}" lang=${lang === "zh" ? "en" : "zh-Hans"}>${lang === "zh" ? "EN" : "中文"}</a>`, document.getElementById("field-bar"));
  const incident = job();
  const next = mine && nextStatus(mine);
  if (incident && (detail.of !== incident.id || detail.addedThen < added(incident))) loadJob(incident.id);
  keepWay(mine, incident);
  render(html`${offline ? html`<div class="message bad" role="alert">${icon("offline")}<div>${t("field.app.offline_now")}</div></div>` : nothing}
    ${orders()}${shotsView()}${incident ? jobView(incident) : noJob()}
    ${bootData.position_token && "geolocation" in navigator ? html`<button type="button" class="switch" role="switch" aria-checked=${me.watch != null ? "true" : "false"} ?disabled=${!onDuty()} @click=${() => share(me.watch == null)}>
      ${icon("pin")}<span>${t("field.app.share")}<br><small class="quiet">${t(me.refused ? "field.app.share_refused" : me.watch != null ? "field.app.share_on" : "field.app.share_off")}</small></span><span class="knob"></span></button>` : nothing}
    ${mine ? html`<details><summary class="button big">${t("field.app.other")}</summary><div class="stack">${unitMovesFor(mine).filter((name) => name !== next).map((name) => html`<button type="button" class="button big" ?disabled=${offline} @click=${() => press(name)}>${moveWord("unit", name)}</button>`)}</div></details>` : nothing}`,
  document.getElementById("job"));
  const box = document.getElementById("next");
  box.hidden = !next;
  render(next ? html`<div class="inner"><button type="button" class="button main ${isPending("unit", mine.id, next) ? "pending" : ""}" ?disabled=${offline} @click=${() => press(next)}>${moveWord("unit", next)}</button></div>` : nothing, box);
}

async function start() {
  state.pictureAt = "/api/v1/mine";
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/field/sw.js").catch(() => null);
  try {
    const [city, dictionary, picture] = await Promise.all([get("/api/v1/city"), get(`/api/v1/dictionary?lang=${lang}`).catch(() => ({})), get(state.pictureAt)]);
    state.city = city;
    learn(dictionary);
    setZone(city.timezone);
    learnNames("unit_kind", city.unit_kinds);
    state.types = new Map((city.types ?? []).map((one) => [one.code, one]));
    state.posts = new Map((city.posts ?? []).map((one) => [one.id, one]));
    state.agencies = new Map((city.agencies ?? []).map((one) => [one.id, one]));
    setPicture(picture);
    listen();
  } catch {
    const problemAt = document.getElementById("problem");
    render(html`<div class="message bad" role="alert">${icon("offline")}<div>${t("start.failed")}</div></div>`, problemAt);
    setTimeout(start, POSITION_EVERY_MS);
    return;
  }
  document.getElementById("start").remove();
  onChange(draw);
  setInterval(() => changed("tick"), 1000);
  changed("all");
}
start();

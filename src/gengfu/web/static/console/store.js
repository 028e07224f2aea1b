// What the screen knows: the last picture, every entry since, and what is still pending.

import { get, post, Refusal, writing } from "./api.js";
import { learnNames } from "./words.js";

const tables = { incident: "incidents", unit: "units", task: "tasks", closure: "closures", order: "orders", call: "calls" };

export const state = {
  me: null,
  city: null,
  seq: 0,
  loaded: false,
  incidents: new Map(),
  units: new Map(),
  tasks: new Map(),
  closures: new Map(),
  orders: new Map(),
  calls: new Map(),
  types: new Map(),
  agencies: new Map(),
  posts: new Map(),
  selected: null,
  call: null,
  drives: new Map(),
  offDuty: new Map(),
  details: new Map(),
  /** Callers that were asked for, by call, until the page is left. */
  revealed: new Map(),
  recommendations: new Map(),
  chosen: new Map(),
  asked: new Map(),
  pending: new Set(),
  heardAt: 0,
  offsetMs: 0,
  online: true,
  /** Where this page's picture comes from: a crew sees only what is its own. */
  pictureAt: "/api/v1/picture",
  form: null,
  /** The code that the caller on the line is to be told, and of which incident. */
  given: null,
  drawer: null,
};

/** Moves that hold whatever the version: taking back never fails for being late. */
const UNVERSIONED = new Set(["release", "take_back", "unmerge"]);
const listeners = new Set();
const changedParts = new Set();
let waiting = false;

/** Call back once per frame with the set of parts that changed. */
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell() {
  waiting = false;
  const parts = new Set(changedParts);
  changedParts.clear();
  for (const listener of listeners) listener(parts);
}

/** Say that parts of the state changed; drawing happens once, in the next frame. */
export function changed(...parts) {
  for (const part of parts) changedParts.add(part);
  if (waiting) return;
  waiting = true;
  const run = () => { if (waiting) tell(); };
  // A hidden page gets no frames, and a wall screen must not fall behind.
  if (document.hidden) setTimeout(run, 50);
  else requestAnimationFrame(run);
}

/** Draw at once: the very next key must find its field. */
export function drawNow(...parts) {
  for (const part of parts) changedParts.add(part);
  tell();
}

/** A call must be answered within this; after it, it is late. */
const ANSWER_WITHIN_S = 20;

/** The calls nobody has answered yet, the longest ringing first. */
/** The stages at which an incident is over. */
export const ENDED = new Set(["closed", "merged", "erased"]);

export const ringingCalls = () => [...state.calls.values()].filter((one) => one.stage === "ringing").sort((a, b) => Date.parse(a.opened_at) - Date.parse(b.opened_at));
/** The calls somebody answered and nobody has finished, the longest waiting first. */
export const answeredCalls = () => [...state.calls.values()].filter((one) => one.stage === "answered").sort((a, b) => Date.parse(a.answered_at ?? a.opened_at) - Date.parse(b.answered_at ?? b.opened_at));
const taskDue = (task) => ({ open: task.sign_by, refused: task.sign_by, signed: task.due_by })[task.stage];
/** Tasks whose agency has not signed, or not done what it signed for, in time. */
export const lateTasks = () => [...state.tasks.values()].filter((one) => taskDue(one) && Date.parse(taskDue(one)) < now());
export const ringsLate = (call) => since(call.opened_at) > ANSWER_WITHIN_S;

/** Milliseconds since the epoch by the server's clock. */
export const now = () => Date.now() + state.offsetMs;
export const since = (at) => (now() - Date.parse(at)) / 1000;

export function setPicture(picture) {
  for (const table of Object.values(tables)) {
    const rows = new Map();
    for (const row of picture[table] ?? []) rows.set(row.id, row);
    state[table] = rows;
  }
  state.seq = picture.seq ?? 0;
  state.loaded = true;
  heard(picture.at);
  changed("all");
}

export function heard(at) {
  state.heardAt = Date.now();
  state.online = true;
  if (at) state.offsetMs = Date.parse(at) - Date.now();
}

export function applyEntry(entry) {
  if (entry.seq <= state.seq) return;
  state.seq = entry.seq;
  // An entry of the ledger is proof that it is written again.
  writing.refusedAt = 0;
  heard(entry.at);
  const table = tables[entry.kind];
  if (entry.move === "forget") forget(entry.case);
  if (table && entry.patch) {
    const rows = state[table];
    const before = rows.get(entry.patch.id ?? entry.case);
    const row = { ...before, ...entry.patch };
    if (over(entry.kind, row)) rows.delete(row.id ?? entry.case);
    else rows.set(row.id ?? entry.case, row);
    if (entry.kind === "unit") noteDuty(row);
    changed(table);
    if (entry.kind === "incident" || entry.kind === "task") {
      noticeTimeline(entry.kind === "incident" ? entry.case : row.case, entry);
    }
  }
}

/** Words that were erased are not kept here either. */
function forget(id) {
  state.details.delete(id);
  state.revealed.delete(id);
  if (state.selected === id) loadDetail(id);
}

/** What leaves the picture: units off duty, calls that were dealt with. */
const over = (kind, row) => (kind === "unit" && row.stage === "off_duty") || (kind === "call" && row.stage !== "ringing" && row.stage !== "answered");

/** Keep the list of those off duty in step. */
function noteDuty(unit) {
  if (unit.stage === "off_duty") state.offDuty.set(unit.id, unit);
  else state.offDuty.delete(unit.id);
}

/** Keep an open timeline in step with the ledger without asking for it again. */
function noticeTimeline(incident, entry) {
  const detail = state.details.get(incident);
  if (!detail || detail.timeline?.some((one) => one.seq === entry.seq)) return;
  detail.timeline = [{ facts: {}, ...entry }, ...(detail.timeline ?? [])];
  changed("details");
  if (state.selected === incident) loadDetail(incident);
}

export function applyPositions(message) {
  heard(message.at);
  const index = Object.fromEntries(message.columns.map((name, i) => [name, i]));
  for (const row of message.rows) {
    const unit = state.units.get(row[index.unit]);
    if (!unit) continue;
    const post = row[index.lon] == null ? state.posts.get(unit.post) : null;
    unit.lon = post?.lon ?? row[index.lon];
    unit.lat = post?.lat ?? row[index.lat];
    unit.heading = row[index.heading];
    unit.speed_kmh = row[index.speed_kmh];
    unit.age_s = row[index.age_s];
    unit.fixAt = unit.age_s == null ? null : Date.now() - 1000 * unit.age_s;
  }
  changed("positions");
}

/** Age of a unit's last fix in seconds, counted on between messages. */
export function fixAge(unit) {
  if (unit.fixAt) return (Date.now() - unit.fixAt) / 1000;
  if (unit.age_s == null) return null;
  unit.fixAt = Date.now() - unit.age_s * 1000;
  return unit.age_s;
}

/** Fetch the units that are off duty: the picture holds only those on it. */
export async function loadOffDuty() {
  try {
    const units = await get("/api/v1/units");
    state.offDuty = new Map(units.filter((one) => one.stage === "off_duty").map((one) => [one.id, one]));
    changed("units");
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
  }
}

export async function loadDetail(id) {
  try {
    const detail = await get(`/api/v1/incidents/${id}`);
    state.details.set(id, detail);
    if (detail.incident) state.incidents.set(id, { ...state.incidents.get(id), ...detail.incident });
    changed("details", "incidents");
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    state.details.set(id, { ...(state.details.get(id) ?? {}), refusal });
    changed("details");
  }
}

export function select(id) {
  if (state.selected === id && !state.call) return;
  state.selected = id;
  state.call = null;
  changed("selected", "details");
  if (id && !state.details.get(id)?.timeline) loadDetail(id);
}

/** Show a call of the queue instead of an incident. */
export function selectCall(id) {
  state.selected = null;
  state.call = id;
  changed("selected", "details");
}

export function setRecommendation(id, recommendation) {
  learnNames("task", (recommendation.tasks ?? []).map((one) => ({ code: one.name, name: one.words, name_zh: one.words_zh })));
  state.recommendations.set(id, recommendation);
  state.chosen.set(id, new Set(proposed(recommendation)));
  state.asked.set(id, new Set((recommendation.tasks ?? []).map((one) => one.agency)));
  changed("recommendation");
}

/** The units the server proposes. */
export const proposed = (recommendation) => recommendation.rows.filter((row) => row.chosen).map((row) => row.unit);

/** How far each need is met by the chosen rows: a unit fills one need, the one it was
    proposed for where it was, else the first that still wants it. */
export function needsMet(recommendation, chosen) {
  const needs = (recommendation.plan?.needs ?? []).map((one) => ({ ...one, met: 0 }));
  const rows = recommendation.rows.filter((row) => chosen.has(row.unit));
  for (const row of rows) if (row.chosen_for != null) needs[row.chosen_for].met += 1;
  for (const row of rows) {
    if (row.chosen_for != null) continue;
    const open = (row.meets ?? []).find((at) => needs[at].met < needs[at].count) ?? row.meets?.[0];
    if (open != null) needs[open].met += 1;
  }
  return needs;
}

/** Whether an answer is newer than what the feed has brought meanwhile: a call that was
    answered and attached in one breath must not come back as answered. */
function isNews(kind, id, view, wasShown) {
  const held = state[tables[kind]].get(id);
  return held ? view.version == null || view.version >= held.version : !wasShown;
}

/** Make a move. Pending until the ledger has it; a refusal leaves everything as it was. */
export async function move(kind, id, name, body = {}) {
  const key = `${kind}:${id}:${name}`;
  if (state.pending.has(key)) return null;
  const row = state[tables[kind]]?.get(id) ?? (kind === "unit" ? state.offDuty.get(id) : null);
  const wasShown = state[tables[kind]].has(id);
  state.pending.add(key);
  changed("pending");
  try {
    const withVersion = row?.version == null || UNVERSIONED.has(name) ? body : { version: row.version, ...body };
    const done = await post(`/api/v1/${tables[kind]}/${id}/${name}`, withVersion);
    const view = done?.[kind] ?? (done?.id === id ? done : null);
    if (view && isNews(kind, id, view, wasShown)) {
      if (over(kind, view)) state[tables[kind]].delete(id);
      else state[tables[kind]].set(id, { ...state[tables[kind]].get(id), ...view });
      if (kind === "unit") noteDuty(view);
      changed(tables[kind]);
    }
    return done ?? {};
  } catch (refusal) {
    if (refusal instanceof Refusal && refusal.code === "stale") {
      setPicture(await get(state.pictureAt));
    }
    throw refusal;
  } finally {
    state.pending.delete(key);
    changed("pending");
  }
}

export const isPending = (kind, id, name) => state.pending.has(`${kind}:${id}:${name}`);

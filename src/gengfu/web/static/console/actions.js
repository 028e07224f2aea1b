// The moves a dispatcher makes by hand, with the question each needs and the way back.

import { html } from "../vendor/lit-html/lit-html.js";
import { get, post, query, Refusal } from "./api.js";
import { givenAnswers, knownAnswers, questionFields } from "./answers.js";
import { ask } from "./ask.js";
import { priorityGlyph } from "./parts.js";
import { locatedAt, namedAs } from "./places.js";
import { ENDED, loadDetail, move, state } from "./store.js";
import { toast, toastRefusal } from "./toast.js";
import { has, moveWord, nameOf, t, taskWords, word } from "./words.js";

const codeOf = (id) => state.incidents.get(id)?.code ?? id;
const callsign = (id) => (state.units.get(id) ?? state.offDuty.get(id))?.callsign ?? id;

/** The moves each stage of an incident allows, in the order their buttons stand. */
const incidentMoves = {
  waiting: ["reprioritise", "retype", "relocate", "note", "merge", "close"],
  dispatched: ["recommend", "note", "control", "reprioritise", "retype", "relocate", "merge", "close"],
  en_route: ["recommend", "note", "control", "reprioritise", "retype", "relocate", "merge", "close"],
  on_scene: ["recommend", "control", "note", "reprioritise", "retype", "merge", "close"],
  controlled: ["close", "note", "recommend"],
  closed: ["reopen", "note", "correct_deaths"],
  merged: ["unmerge"],
  erased: [],
};
export const movesFor = (incident) => incidentMoves[incident.stage] ?? ["note"];
export const moveKeys = { note: "E", reprioritise: "P", merge: "G", close: "X", recommend: "R", relocate: "L" };

/** What a unit may do next, most likely first. */
const unitMoves = {
  available: ["go_out_of_service", "sign_off"],
  assigned: ["roll", "arrive", "clear"],
  en_route: ["arrive", "clear"],
  on_scene: ["clear", "transport"],
  transporting: ["reach_destination"],
  at_destination: ["clear", "become_available"],
  clearing: ["become_available"],
  out_of_service: ["return_to_service", "sign_off"],
  off_duty: ["sign_on_again"],
};
export function unitMovesFor(unit) {
  let moves = unitMoves[unit.stage] ?? [];
  if (unit.stage === "on_scene" && unit.kind === "ambulance") moves = moves.toReversed();
  return unit.check_in_due_at ? [...moves, "check_in"] : moves;
}
/** The status that comes next by itself; a free crew waits for a job. */
export const nextStatus = (unit) => (unit.stage === "available" ? null : unitMovesFor(unit)[0] ?? null);

const priorities = () => [1, 2, 3, 4].map((value) => ({ value: String(value), label: word("priority", value), glyph: priorityGlyph(value) }));
const presets = (prefix, codes) => codes.map((code) => t(`${prefix}.${code}`));
const typeOptions = () => [...state.types.values()].map((one) => ({ value: one.code, label: nameOf(one) }));

/** Why a unit cannot be sent: chosen, never typed. */
export const outOfService = () => ({ name: "reason", kind: "choice", label: t("field.reason"),
  options: (state.city.out_of_service_reasons ?? []).map((one) => ({ value: one.code, label: nameOf(one) })) });

/** How it is known to be over, asked where the server wants it: nobody was on scene. */
const known = (incident) => (incident.unseen
  ? [{ name: "reason", label: t("field.how_known"), required: true, presets: presets("unseen", ["caller", "agency", "camera", "not_stamped"]) }] : []);
const warned = (incident) => (incident.unseen ? t("intro.unseen") : "");

/** How it ended, as the city's list has it; each says what was found. Written otherwise, it stays as it was written. */
const outcomes = () => state.city.outcomes ?? [];
const ended = (words) => {
  const code = outcomes().find((one) => nameOf(one) === words.trim())?.code;
  return code ? { outcome_code: code, outcome: "" } : {};
};
const findings = () => ["confirmed", "nothing_found", "false_alarm"].map((value) => ({ value, label: word("finding", value) }));
const deathsField = (value) => ({ name: "deaths", kind: "number", min: "0", max: "9999", step: "1", label: t("field.deaths"), required: true, value: String(value) });

const forms = {
  reprioritise: (incident) => ({
    fields: [{ name: "priority", kind: "choice", label: t("field.priority"), options: priorities(), value: String(incident.priority) },
      { name: "reason", label: t("field.reason"), required: true, presets: presets("reason", ["worse", "better", "wrong_type"]) }],
    body: (values) => ({ priority: Number(values.priority), reason: values.reason }),
    back: { move: "reprioritise", body: { priority: incident.priority, reason: t("reason.undone") } },
  }),
  retype: (incident) => ({
    fields: ({ type = incident.type, ...said }) => [{ name: "type", kind: "select", label: t("field.type"), options: typeOptions(), value: incident.type },
      ...questionFields(type, { ...knownAnswers(state.details.get(incident.id)), ...givenAnswers(type, said) })],
    body: ({ type, ...given }) => ({ type, answers: givenAnswers(type, given) }),
    back: { move: "retype", body: { type: incident.type } },
  }),
  relocate: (incident) => ({
    fields: [{ name: "place", label: t("field.place"), required: true, value: incident.place, hint: t("hint.relocate") }],
    more: { command: "relocate-pin", label: t("relocate.pin") },
    body: (values) => locate(values.place, incident),
    back: incident.lon == null ? null : { move: "relocate", body: { ...placed(incident, incident.place, incident.location_source ?? "caller"), located: incident.located } },
  }),
  note: () => ({ fields: [{ name: "text", kind: "long", label: t("field.note"), required: true, presets: presets("note", ["caller_again", "access", "police_asked", "smoke", "no_danger"]) }] }),
  merge: (incident) => ({
    fields: [{ name: "into", kind: "select", label: t("field.merge_into"), required: true,
      options: [...state.incidents.values()].filter((one) => one.id !== incident.id && !ENDED.has(one.stage))
        .sort((a, b) => gap(incident, a) - gap(incident, b))
        .map((one) => ({ value: one.id, label: `${one.code} · ${nameOf(state.types.get(one.type))} · ${one.place}` })) },
    { name: "reason", label: t("field.reason"), required: true, value: t("reason.same_event"), presets: presets("reason", ["same_event", "same_caller"]) }],
    back: { move: "unmerge", body: { reason: t("reason.undone") } },
  }),
  close: (incident) => ({
    warning: warned(incident),
    body: (values) => ({ ...values, ...ended(values.outcome), deaths: Number(values.deaths), free_units: (incident.assignments ?? []).some((one) => !one.cleared_at) }),
    fields: [{ name: "outcome", label: t("field.outcome"), required: true, presets: outcomes().map(nameOf), presetsSay: outcomes().map(({ finding }) => ({ finding })) },
      { name: "finding", kind: "choice", label: t("field.finding"), options: findings(), value: incident.finding ?? "confirmed" },
      deathsField(incident.deaths ?? 0), ...known(incident)],
    back: { move: "reopen", body: { reason: t("reason.undone") } },
  }),
  correct_deaths: (incident) => ({
    fields: [deathsField(incident.deaths ?? ""), { name: "reason", label: t("field.reason"), required: true, presets: presets("deaths", ["hospital", "miscounted", "other_cause"]) }],
    body: (values) => ({ ...values, deaths: Number(values.deaths) }),
    back: incident.deaths == null ? null : { move: "correct_deaths", body: { deaths: incident.deaths, reason: t("reason.undone") } },
  }),
  reopen: () => ({ fields: [{ name: "reason", label: t("field.reason"), required: true }] }),
  control: (incident) => ({ warning: warned(incident), fields: known(incident) }),
  unmerge: () => ({ fields: [], body: () => ({ reason: t("reason.undone") }) }),
  transport: () => ({ fields: [{ name: "destination", label: t("field.destination"), required: true,
    presets: [...state.posts.values()].filter((one) => one.kind === "hospital").map(nameOf) }] }),
  go_out_of_service: () => ({
    fields: [outOfService()],
    back: { move: "return_to_service", body: {} },
  }),
  withdraw: () => ({ fields: [{ name: "cause", label: t("field.cause"), required: true, presets: presets("cause", ["not_needed", "settled", "by_phone"]) }] }),
  hand_over: () => ({ fields: [{ name: "to", kind: "select", label: t("field.to"), required: true,
    options: [...state.agencies.values()].map((one) => ({ value: one.id, label: nameOf(one) })) },
    { name: "cause", label: t("field.cause"), required: true, presets: presets("cause", ["not_ours", "no_unit"]) }] }),
};

const placed = (at, place, source) => ({ place, lon: at.lon, lat: at.lat, source, located: source === "gazetteer" ? locatedAt(at.precision_m) : "unverified" });

/** The best place of that name, by its own name as in the form; the words alone keep the position as it was. */
async function locate(words, incident) {
  const found = await get(query("/api/v1/places", { q: words }));
  if (found.length) return placed(found[0], namedAs(words, found[0]), "gazetteer");
  if (incident.lon == null) throw new Refusal({ type: "/errors/no-such-place" }, 0);
  return placed(incident, words, "caller");
}

const gap = (a, b) => Math.hypot((a.lon ?? 0) - (b.lon ?? 0), (a.lat ?? 0) - (b.lat ?? 0));
const tables = { incident: "incidents", unit: "units", task: "tasks" };
const subject = (kind, id) => (kind === "incident" ? codeOf(id) : kind === "unit" ? callsign(id) : state.tasks.has(id) ? taskWords(state.tasks.get(id)) : id);

const rowOf = (kind, id) => state[tables[kind]].get(id) ?? (kind === "unit" ? state.offDuty.get(id) : null);

/** Do one move: ask what must be asked, make it, offer the way back where there is one. */
export async function act(kind, id, name) {
  const row = rowOf(kind, id);
  if (!row) return;
  const form = forms[name]?.(row) ?? { fields: [] };
  const label = moveWord(kind, name);
  const run = async (values) => {
    await move(kind, id, name, form.body ? await form.body(values) : values);
    if (kind === "incident") loadDetail(id);
    toast(t("toast.done", { move: label, what: subject(kind, id) }), {
      undo: form.back ? () => move(kind, id, form.back.move, form.back.body).then(() => kind === "incident" && loadDetail(id)) : null,
    });
  };
  if (Array.isArray(form.fields) && !form.fields.length) {
    await run({}).catch(toastRefusal);
    return;
  }
  await ask({ title: `${label} · ${subject(kind, id)}`, fields: form.fields, confirm: label, run, warning: form.warning, more: form.more,
    intro: has(`intro.${name}`) ? t(`intro.${name}`) : "" });
}

/** Send an order or a message to a unit, with a receipt. */
export async function order(unit) {
  const units = [...state.units.values()].sort((a, b) => a.callsign.localeCompare(b.callsign));
  await ask({
    title: t("order.title"),
    confirm: t("action.send"),
    fields: [
      { name: "unit", kind: "select", label: t("field.unit"), options: units.map((one) => ({ value: one.id, label: `${one.callsign} · ${word("stage.unit", one.stage)}` })), value: unit },
      { name: "text", kind: "long", label: t("field.text"), required: true, presets: presets("order", ["report", "standby", "return", "call_in"]) },
    ],
    run: async (values) => {
      const job = state.units.get(values.unit)?.incident;
      await post("/api/v1/orders", job ? { ...values, incident: job } : values);
      toast(t("toast.order_sent", { unit: callsign(values.unit) }));
    },
  });
}

/** Close a stretch of road around a point until a time. */
export async function closeRoad(lon, lat) {
  await ask({
    title: t("closure.title"),
    confirm: t("closure.confirm"),
    fields: [
      { name: "reason", label: t("field.reason"), required: true, presets: presets("closure", ["fire", "crash", "flood", "event"]) },
      { name: "radius_m", kind: "number", label: t("field.radius_m"), value: "80", required: true },
      { name: "minutes", kind: "number", label: t("field.minutes"), value: "60", required: true },
      { name: "crews", kind: "choice", label: t("closure.crews"), options: [{ value: "pass", label: t("closure.crews_pass") }, { value: "none", label: t("closure.crews_none") }] },
    ],
    run: async (values) => {
      const until = new Date(Date.now() + state.offsetMs + Number(values.minutes) * 60000).toISOString();
      const done = await post("/api/v1/closures", { lon, lat, radius_m: Number(values.radius_m), reason: values.reason, until, crews_pass: values.crews === "pass" });
      toast(t("toast.closed_road"), { undo: done?.id ? () => post(`/api/v1/closures/${done.id}/lift`) : null });
    },
  });
}

/** The status dialog of a unit: every move it may make now, one press each. */
export async function setStatus(id) {
  const unit = rowOf("unit", id);
  if (!unit) return;
  const moves = unitMovesFor(unit);
  let picked = null;
  await ask({
    title: `${unit.callsign} · ${word("stage.unit", unit.stage)}`,
    confirm: t("action.set_status"),
    fields: [{ name: "move", kind: "choice", label: t("field.next_status"), options: moves.map((name) => ({ value: name, label: moveWord("unit", name) })) }],
    run: async (values) => { picked = values.move; },
  });
  if (picked) await act("unit", id, picked);
}

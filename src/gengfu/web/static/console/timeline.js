// What happened, newest first, in words people say on the radio: "P61 on scene".

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { stageWord } from "./parts.js";
import { photoLink } from "./photos.js";
import { state } from "./store.js";
import { clockTime, has, lang, moveWord, nameOf, t, taskWords, word } from "./words.js";

const agencyName = (id) => nameOf(state.agencies.get(id)) || id;
const unitName = (one) => one?.callsign ?? state.units.get(one)?.callsign ?? one;
const codeOf = (id) => state.incidents.get(id)?.code ?? id;
const joint = lang === "zh" ? "、" : ", ";
const list = (names) => names.filter(Boolean).join(joint);

/** Each fact as words; what machines alone need has none and stays in the ledger. */
const said = {
  unit: unitName,
  units: (units) => list(units.map(unitName)),
  agency: agencyName,
  agencies: (agencies) => list(agencies.map(agencyName)),
  to: agencyName,
  status: (stage) => stageWord("unit", stage),
  type: (code) => nameOf(state.types.get(code)) || code,
  priority: (value) => word("priority.short", value),
  channel: (code) => word("channel", code),
  place: (place) => place?.words ?? "",
  other: codeOf,
  into: codeOf,
  deaths: String,
  clock: (name) => word("clock", name),
  at: clockTime,
  until: clockTime,
};
const FREE_WORDS = ["reason", "text", "cause", "outcome", "override_reason", "note"];

function agencyAndTask(entry, detail, facts) {
  const task = state.tasks.get(entry.case) ?? detail.tasks?.find((one) => one.id === entry.case);
  const spec = facts.spec;
  const words = task ? taskWords(task) : spec ? spec.words || word("task", spec.name) : "";
  return { task: words, agency: agencyName(facts.agency ?? spec?.agency ?? task?.agency ?? "") };
}

/** The sentence of an entry, and the words people added to it. */
export function sentence(entry, detail) {
  const facts = entry.facts ?? {};
  const parts = { unit: "", units: "", agency: "", agencies: "", task: "" };
  for (const [name, value] of Object.entries(facts)) if (said[name] && value != null) parts[name] = said[name](value);
  if (entry.kind === "task") Object.assign(parts, agencyAndTask(entry, detail, facts));
  const kind = entry.kind ?? "incident";
  let key = `said.${kind}.${entry.move}`;
  if (entry.move === "dispatch" && kind === "incident") key = parts.units ? (parts.agencies ? "said.incident.dispatch_both" : "said.incident.dispatch") : "said.incident.dispatch_agencies";
  if (key === "said.recommendation.choose" && facts.override_reason) key = "said.recommendation.choose_other";
  if (key === "said.incident.take_back" && !parts.units) key = "";
  const told = has(key) ? t(key, parts) : "";
  // Of an entry whose facts were erased, or are not here yet, the bare name of the move.
  const whole = !told || /\{\w+\}/.test(told) ? moveWord(kind, entry.move) : told;
  const words = FREE_WORDS.filter((name) => typeof facts[name] === "string" && facts[name]).map((name) => facts[name]);
  return [whole, words.join(" · ")];
}

const who = (entry) => [entry.actor, entry.represents ? unitName(entry.represents) === entry.represents ? agencyName(entry.represents) : unitName(entry.represents) : "",
  entry.role ? word("role", entry.role) : ""].filter(Boolean).join(" · ");

export function timeline(detail) {
  if (!detail?.timeline) return html`<p class="quieter">${t("loading")}</p>`;
  const rows = [...detail.timeline].sort((a, b) => b.seq - a.seq);
  return html`<ol class="timeline">${repeat(rows, (one) => one.seq, (one) => {
    const [whole, words] = sentence(one, detail);
    return html`<li><time datetime=${one.at}>${clockTime(one.at)}</time>
      <div><b>${whole}</b> ${words ? html`<span class="quiet">${words}</span>` : nothing}
      ${one.move === "add_photo" ? html`<div class="photos">${photoLink(one.case, detail.photos?.find((photo) => photo.id === one.facts?.photo))}</div>` : nothing}
      <div class="who">${who(one)} · #${one.seq}</div></div></li>`;
  })}</ol>`;
}

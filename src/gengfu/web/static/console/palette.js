// Every command by name, every open incident and every unit, from one field.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { icon, priorityGlyph, statusGlyph, stageWord } from "./parts.js";
import { ENDED, state } from "./store.js";
import { nameOf, plain, t, word } from "./words.js";

const ROWS_MAX = 12;
let commands = [];
let onIncident = null;
let onUnit = null;
let text = "";
let at = 0;
let found = [];

export function furnish(given, incidentPicked, unitPicked) {
  commands = given;
  onIncident = incidentPicked;
  onUnit = unitPicked;
}

const box = () => document.getElementById("palette");

/** Rank by where the words are found: at the beginning, at a word, anywhere. */
function score(name, wanted) {
  const here = plain(name);
  if (!wanted) return 1;
  if (here.startsWith(wanted)) return 4;
  if (here.split(/[\s·,-]+/).some((one) => one.startsWith(wanted))) return 3;
  return wanted.split(/\s+/).every((one) => here.includes(one)) ? 2 : 0;
}

function search() {
  const wanted = plain(text).trim();
  const rows = [];
  for (const one of commands) {
    if (one.hidden?.()) continue;
    const points = score(one.label(), wanted);
    if (points) rows.push([points + 0.5, { kind: "command", ...one }]);
  }
  if (wanted) {
    for (const one of state.incidents.values()) {
      const label = `${one.code} · ${nameOf(state.types.get(one.type)) || one.type} · ${one.place}`;
      const points = score(label, wanted);
      if (points) rows.push([points - (ENDED.has(one.stage) ? 1 : 0), { kind: "incident", label: () => label, id: one.id, row: one }]);
    }
    for (const one of state.units.values()) {
      const label = `${one.callsign} · ${word("unit_kind", one.kind)} · ${stageWord("unit", one.stage)}`;
      const points = score(label, wanted);
      if (points) rows.push([points, { kind: "unit", label: () => label, id: one.id, row: one }]);
    }
  }
  found = rows.sort((a, b) => b[0] - a[0]).slice(0, ROWS_MAX).map((one) => one[1]);
  at = Math.min(at, Math.max(0, found.length - 1));
}

function run(one) {
  box().close();
  if (!one) return;
  if (one.kind === "incident") onIncident(one.id);
  else if (one.kind === "unit") onUnit(one.id);
  else one.run();
}

function keydown(event) {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(1, found.length);
    draw();
    box().querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter") {
    event.preventDefault();
    run(found[at]);
  }
}

const picture = (one) => (one.kind === "incident" ? priorityGlyph(one.row.priority) : one.kind === "unit" ? statusGlyph(one.row.stage) : icon("right"));

function draw() {
  search();
  render(html`<label class="only-heard" for="palette-text">${t("palette.label")}</label>
    <input class="input" id="palette-text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${found.length ? `palette-${at}` : nothing}
      placeholder=${t("palette.placeholder")} autocomplete="off" spellcheck="false" .value=${text} @input=${(event) => { text = event.target.value; at = 0; draw(); }} @keydown=${keydown}>
    <ul id="palette-list" role="listbox" aria-label=${t("palette.label")}>${found.map((one, i) => html`<li id="palette-${i}" role="option" aria-selected=${i === at ? "true" : "false"} @click=${() => run(one)}>
      ${picture(one)}<span class="cut">${one.label()}</span>${one.key ? html`<kbd class="push" aria-hidden="true">${one.key}</kbd>` : nothing}</li>`)}</ul>
    ${found.length ? nothing : html`<p class="empty">${t("palette.none")}</p>`}`, box());
}

export function openPalette() {
  if (box().open) return;
  text = "";
  at = 0;
  draw();
  box().showModal();
  document.getElementById("palette-text").focus();
}

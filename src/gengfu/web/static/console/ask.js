// One dialog for every question an action needs answered first. It stays open, with all
// that was typed, until the server has accepted the answer.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { Refusal } from "./api.js";
import { icon } from "./parts.js";
import { refusalText } from "./toast.js";
import { t } from "./words.js";

function control(field) {
  const id = `ask-${field.name}`;
  if (field.kind === "choice") {
    return html`<fieldset class="field"><legend class="label">${field.label}</legend><div class="choices">
      ${field.options.map((one, i) => html`<label class="choice"><input type="radio" name=${field.name} value=${one.value}
        ?checked=${field.value === one.value || (field.value == null && i === 0)} ?required=${field.required}><span>${one.glyph ?? nothing}${one.label}</span></label>`)}
    </div></fieldset>`;
  }
  const input = field.kind === "search"
    ? html`<input class="input" id=${id} name=${field.name} list="${id}-list" autocomplete="off" spellcheck="false" ?required=${field.required} .value=${field.value ?? ""}>
        <datalist id="${id}-list">${field.options.map((one) => html`<option value=${one.value}>${one.label}</option>`)}</datalist>`
    : field.kind === "select"
    ? html`<select class="select" id=${id} name=${field.name} ?required=${field.required}>${field.options.map(
        (one) => html`<option value=${one.value} ?selected=${one.value === field.value}>${one.label}</option>`)}</select>`
    : field.kind === "long"
      ? html`<textarea class="textarea" id=${id} name=${field.name} rows="4" ?required=${field.required} .value=${field.value ?? ""}></textarea>`
      : html`<input class="input" id=${id} name=${field.name} type=${field.kind ?? "text"} step=${field.step ?? nothing} min=${field.min ?? nothing} max=${field.max ?? nothing} ?required=${field.required}
          autocomplete="off" maxlength="400" .value=${field.value ?? ""}>`;
  return html`<div class="field"><label for=${id}>${field.label}</label>${input}
    ${field.hint ? html`<span class="hint">${field.hint}</span>` : nothing}
    ${field.presets ? html`<div class="templates">${field.presets.map((text, at) => html`<button type="button" class="button small"
      @click=${(event) => preset(event.target.closest(".field"), text, field.presetsSay?.[at])}>${text}</button>`)}</div>` : nothing}
  </div>`;
}

/** Write prepared words; what they say about other questions is chosen along with them. */
function preset(at, text, says = {}) {
  const box = at.querySelector("input,textarea");
  box.value = text;
  for (const [name, value] of Object.entries(says)) box.form.elements[name].value = value;
  box.focus();
}

/** The field that takes what is typed at once: the first, unless a lone choice stands before one that says so. */
const leadOf = (asked, box) => (asked[0]?.kind === "choice" ? box.querySelector(`#ask-${asked.find((one) => one.lead)?.name}`) : null);

/** Ask, run with the answers, and close once that succeeded. Resolves to true when done.
    Where one answer decides what else is asked, `fields` makes them from those so far. */
export function ask({ title, intro, warning, fields, confirm, run, more }) {
  const box = document.getElementById("ask");
  return new Promise((resolve) => {
    let done = false;
    const said = {};
    let asked = typeof fields === "function" ? fields(said) : fields;
    const finish = (result) => {
      done = result;
      box.close();
    };
    const view = (problem, busy) => html`<form method="dialog" @submit=${submit} @change=${again}>
      <div class="dialog-head"><h2 id="ask-title">${title}</h2>
        <button type="button" class="button bare square push" aria-label=${t("action.close")} @click=${() => finish(false)}>${icon("close")}</button></div>
      <div class="dialog-body stack">
        ${warning ? html`<div class="message warn">${icon("warn")}<div>${warning}</div></div>` : nothing}
        ${intro ? html`<p class="quiet">${intro}</p>` : nothing}
        ${problem ? html`<div class="message bad" role="alert">${icon("warn")}<div>${problem}</div></div>` : nothing}
        ${repeat(asked, (one) => one.name, control)}
        ${more ? html`<div><button type="button" class="button small" data-command=${more.command} @click=${() => finish(false)}>${icon("pin")}${more.label}</button></div>` : nothing}</div>
      <div class="dialog-foot"><button type="button" class="button" @click=${() => finish(false)}>${t("action.cancel")} <kbd aria-hidden="true">Esc</kbd></button>
        <button class="button main ${busy ? "pending" : ""}" ?disabled=${busy}>${confirm}</button></div></form>`;
    function again(event) {
      if (typeof fields !== "function") return;
      Object.assign(said, Object.fromEntries(new FormData(event.currentTarget)));
      asked = fields(said);
      render(view(null, false), box);
    }
    async function submit(event) {
      event.preventDefault();
      const values = Object.fromEntries(new FormData(event.target));
      render(view(null, true), box);
      try {
        await run(values);
        finish(true);
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        render(view(refusalText(refusal, asked.find((one) => one.name === refusal.place)?.label), false), box);
      }
    }
    render(nothing, box);
    render(view(null, false), box);
    box.addEventListener("close", () => resolve(done), { once: true });
    box.showModal();
    (leadOf(asked, box) ?? box.querySelector("input,textarea,select"))?.focus();
  });
}

// What callers answered to the questions of the protocol: the danger a crew goes into.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { state } from "./store.js";
import { labelOf, t, textOf } from "./words.js";

/** A question by its id: the type's own first, for another type may use the same id. */
function questionOf(id, type) {
  const own = state.types.get(type)?.questions?.find((one) => one.id === id);
  if (own) return own;
  for (const one of state.types.values()) {
    const found = one.questions?.find((question) => question.id === id);
    if (found) return found;
  }
  return null;
}

const answerWords = (question, value) => (["yes", "no", "unknown"].includes(value) ? t(`answer.${value}`)
  : labelOf(question.options?.find((one) => one.value === value) ?? { value }));

/** What all calls of an incident answered, the latest word counting. */
function answersOf(incident, detail) {
  const calls = [...(detail?.calls ?? [])].sort((a, b) => Date.parse(a.opened_at) - Date.parse(b.opened_at));
  return Object.assign({}, ...calls.map((one) => one.answers ?? {}), incident.answers ?? {});
}

export function answersView(incident, detail) {
  const rows = Object.entries(answersOf(incident, detail)).map(([id, value]) => ({ question: questionOf(id, incident.type), value }))
    .filter((one) => one.question && one.value !== "");
  if (!rows.length) return nothing;
  return html`<section><h3>${t("sheet.answers")}</h3><dl class="answers">${rows.map((one) => html`<div>
    <dt>${textOf(one.question)}</dt><dd>${answerWords(one.question, one.value)}</dd></div>`)}</dl></section>`;
}

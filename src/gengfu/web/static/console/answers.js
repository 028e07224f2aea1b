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

/** What was answered about an incident, the latest word counting. */
export const knownAnswers = (detail) => detail?.given ?? {};

const fieldName = (type, id) => `${type}?${id}`;
const options = (one) => (one.kind === "yesno"
  ? ["yes", "no", "unknown"].map((value) => ({ value, label: t(`answer.${value}`) }))
  : one.options.map((option) => ({ value: option.value, label: labelOf(option) })));

/** The questions of a type as fields of a dialog, with what is known already. */
export const questionFields = (type, known) => (state.types.get(type)?.questions ?? []).map((one) => ({
  name: fieldName(type, one.id),
  label: textOf(one),
  kind: ["yesno", "choice"].includes(one.kind) ? "choice" : one.kind === "number" ? "number" : "text",
  options: ["yesno", "choice"].includes(one.kind) ? options(one) : [],
  value: known[one.id] ?? "",
}));

/** What was answered to the questions of a type, by their ids. */
export const givenAnswers = (type, values) => Object.fromEntries((state.types.get(type)?.questions ?? [])
  .map((one) => [one.id, values[fieldName(type, one.id)] ?? ""]).filter(([, value]) => value !== ""));

export function answersView(incident, detail) {
  const rows = Object.entries(knownAnswers(detail)).map(([id, value]) => ({ question: questionOf(id, incident.type), value }))
    .filter((one) => one.question && one.value !== "");
  if (!rows.length) return nothing;
  return html`<section aria-label=${t("sheet.answers")}><dl class="answers">${rows.map((one) => html`<div>
    <dt>${textOf(one.question)}</dt><dd>${answerWords(one.question, one.value)}</dd></div>`)}</dl></section>`;
}

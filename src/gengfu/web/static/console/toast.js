// Short messages, with an undo that stands for ten seconds, and a voice for those who listen.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { icon } from "./parts.js";
import { has, t } from "./words.js";

const UNDO_MS = 10_000;
const SHOWN_MS = 6_000;
const toasts = [];
let count = 0;
let undoLatest = null;

export function say(text) {
  const voice = document.getElementById("voice");
  voice.textContent = "";
  setTimeout(() => { voice.textContent = text; }, 30);
}

function close(id) {
  const at = toasts.findIndex((one) => one.id === id);
  if (at < 0) return;
  clearTimeout(toasts[at].timer);
  if (undoLatest === toasts[at].undo) undoLatest = null;
  toasts.splice(at, 1);
  draw();
}

/** Show a message; with `undo` it stays ten seconds and can be taken back. */
export function toast(text, { tone = "good", undo = null } = {}) {
  const id = ++count;
  const one = { id, text, tone, undo };
  one.timer = setTimeout(() => close(id), undo ? UNDO_MS : tone === "bad" ? UNDO_MS : SHOWN_MS);
  toasts.push(one);
  while (toasts.length > 3) close(toasts[0].id);
  if (undo) undoLatest = undo;
  say(text);
  draw();
}

/** Say why something was refused, in the words of the server and of the dictionary. Where
    it is about a field, by the label of that field instead of the name it is sent under. */
export function refusalText(refusal, label = "") {
  const words = label && /^[\w.]+[:：]\s*(.+)$/s.exec(refusal.detail)?.[1];
  if (words) return t("error.of_field", { field: label, words });
  const key = `error.${refusal.code}`;
  const head = has(key) ? t(key) : refusal.message || t("error.unknown");
  return refusal.detail && refusal.detail !== head ? `${head} – ${refusal.detail}` : head;
}

export const toastRefusal = (refusal) => toast(refusalText(refusal), { tone: "bad" });

export async function undo() {
  const run = undoLatest;
  if (!run) return;
  close(toasts.find((one) => one.undo === run)?.id);
  try {
    await run();
    toast(t("toast.undone"));
  } catch (refusal) {
    toastRefusal(refusal);
  }
}

function draw() {
  render(
    repeat(toasts, (one) => one.id, (one) => html`<div class="toast ${one.tone}">
      ${icon(one.tone === "bad" ? "warn" : "check")}<span>${one.text}</span>
      ${one.undo ? html`<button type="button" class="button small" @click=${undo}>${t("action.undo")} <kbd aria-hidden="true">Ctrl Z</kbd></button>` : nothing}
      <button type="button" class="button bare square small" aria-label=${t("action.close")} @click=${() => close(one.id)}>${icon("close")}</button>
    </div>`),
    document.getElementById("toasts"),
  );
}

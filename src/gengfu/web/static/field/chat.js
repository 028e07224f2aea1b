// What the desk and the crews of one incident write to each other: its notes, as they come.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { post } from "../console/api.js";
import { icon } from "../console/parts.js";
import { changed } from "../console/store.js";
import { toast, toastRefusal } from "../console/toast.js";
import { clockTime, t } from "../console/words.js";

const MOST_SHOWN = 50;
const BUZZ_MS = 80;
const heard = { of: null, count: 0 };
let sending = false;

const callsignOf = (incident, unit) => [...incident.assignments, ...incident.taken_back].find((one) => one.unit === unit)?.callsign ?? unit;
const writerOf = (incident, note, me) => {
  if (!note.unit) return note.by;
  return note.unit === me ? t("field.app.chat_you") : callsignOf(incident, note.unit);
};

/** Tell what others wrote since the page last looked; what was there before is no news. */
export function hearNotes(incident, notes, me) {
  const fresh = heard.of === incident.id ? notes.slice(heard.count) : [];
  Object.assign(heard, { of: incident.id, count: notes.length });
  const others = fresh.filter((one) => one.unit !== me);
  if (!others.length) return;
  navigator.vibrate?.(BUZZ_MS);
  toast(others.map((one) => `${writerOf(incident, one, me)}: ${one.text}`).join(" · "), { tone: "info" });
}

async function send(event, incident, sent) {
  event.preventDefault();
  const field = event.target.elements.text;
  const text = field.value.trim();
  if (!text || sending) return;
  sending = true;
  changed("chat");
  try {
    await post(`/api/v1/incidents/${incident.id}/note`, { text });
    field.value = "";
    await sent();
  } catch (refusal) {
    toastRefusal(refusal); // the words stay in the field
  } finally {
    sending = false;
    changed("chat");
  }
}

/** The newest last, above the field to write in; `sent` is called once the server has it. */
export const chatView = (incident, notes, me, sent) => html`<section class="chat"><h2>${t("field.app.chat")}</h2>
  ${notes.length ? html`<ol>${repeat(notes.slice(-MOST_SHOWN), (one) => `${one.at} ${one.by}`, (one) => html`<li class=${one.unit === me ? "own" : ""}>
    <span class="quieter"><b>${writerOf(incident, one, me)}</b> <time datetime=${one.at}>${clockTime(one.at)}</time></span><p>${one.text}</p></li>`)}</ol>`
    : html`<p class="quieter">${t("field.app.chat_empty")}</p>`}
  ${incident.stage === "erased" ? nothing : html`<form @submit=${(event) => send(event, incident, sent)}>
    <input class="input" name="text" maxlength="4000" autocomplete="off" enterkeyhint="send" required aria-label=${t("field.app.chat_say")} placeholder=${t("field.app.chat_say")}>
    <button class="button big" ?disabled=${sending} aria-label=${t("action.send")}>${icon("send")}</button></form>`}</section>`;

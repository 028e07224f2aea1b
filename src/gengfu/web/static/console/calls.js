// Calls: those that ring, those answered but not finished, and those an incident has.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { may } from "./access.js";
import { get, post } from "./api.js";
import { ask } from "./ask.js";
import { button, icon } from "./parts.js";
import { changed, ENDED, loadDetail, move, select, state } from "./store.js";
import { toast, toastRefusal } from "./toast.js";
import { clockTime, nameOf, shortTime, t, word } from "./words.js";

const deviceOf = (call) => (call?.device_lon == null ? null
  : { lon: call.device_lon, lat: call.device_lat, accuracy_m: call.device_accuracy_m, source: call.device_source, at: call.device_at });

/** Where the caller's device says it is, beside the caller's own words and never instead. */
export function deviceLine(call, use) {
  const device = deviceOf(call);
  if (!device) return nothing;
  return html`<div class="row wrap device">${icon("pin")}<span>${t("sheet.device", { source: device.source ?? "–", accuracy: Math.round(device.accuracy_m ?? 0), at: clockTime(device.at) })}</span>
    <span class="push">${button({ label: t("sheet.use_device"), small: true, press: () => use(device) })}</span></div>`;
}

/** Read the caller's name and number; the server records who asked, and when. */
async function reveal(id) {
  try {
    state.revealed.set(id, await get(`/api/v1/calls/${id}/caller`));
    changed("details", "form");
  } catch (refusal) {
    toastRefusal(refusal);
  }
}

export function callerLine(call) {
  const known = state.revealed.get(call.id);
  if (!known) return button({ label: t("caller.show"), small: true, icon: "phone", title: t("caller.recorded"), press: () => reveal(call.id) });
  const nobody = !known.name && !known.callback;
  return html`<span class="row wrap">${nobody ? t("caller.none") : html`<b>${known.name}</b>${known.callback ? html`<a class="mono" href="tel:${known.callback.replace(/[^\d+]/g, "")}">${known.callback}</a>` : nothing}`}
    <span class="quieter">${t("caller.was_recorded")}</span></span>`;
}

/** End a call without an incident, saying why. */
export async function dismissCall(id, done) {
  await ask({
    title: t("dismiss.title"),
    intro: t("dismiss.intro"),
    confirm: t("dismiss.confirm"),
    fields: [{ name: "outcome", label: t("field.outcome"), required: true, presets: ["silent", "accidental", "advice", "elsewhere", "test", "abuse"].map((one) => t(`dismiss.${one}`)) }],
    run: async (values) => {
      await post(`/api/v1/calls/${id}/dismiss`, values);
      toast(t("dismiss.done"));
      done?.();
    },
  });
}

/** Take a call off an incident it was not about; it waits to be finished again. */
async function splitCall(incident, call) {
  await ask({
    title: t("split.title", { code: incident.code }),
    intro: t("split.intro"),
    confirm: t("split.confirm"),
    fields: [{ name: "reason", label: t("field.reason"), required: true, presets: ["other_event", "by_mistake"].map((one) => t(`split.${one}`)) }],
    run: async (values) => {
      const after = await post(`/api/v1/calls/${call.id}/split`, values);
      state.calls.set(after.id, after);
      changed("calls");
      loadDetail(incident.id);
      toast(t("split.done"));
    },
  });
}

const useAsPlace = (incident) => (device) => move("incident", incident.id, "relocate",
  { place: incident.place, lon: device.lon, lat: device.lat, source: "device", located: "unverified" }).catch(toastRefusal);

/** Every call of an incident: when, by what, its words, who called on request. */
export function callsView(incident, detail) {
  if (!detail?.calls?.length) return nothing;
  return html`<section><h3>${t("sheet.call")}<span class="quieter">${detail.calls.length}</span></h3><ul class="lines calls">${detail.calls.map((one) => html`<li><div class="stack wall">
    <div class="row wrap"><b>${word("channel", one.channel)}</b><span class="quieter">${shortTime(one.opened_at)}${one.answered_by ? ` · ${one.answered_by}` : ""}</span>
      <span class="push row">${callerLine(one)}${ENDED.has(incident.stage) ? nothing
        : button({ label: t("split.button"), small: true, press: () => splitCall(incident, one) })}</span></div>
    ${one.text && one.text !== incident.summary ? html`<p class="note-text">${one.text}</p>` : nothing}
    ${deviceLine(one, useAsPlace(incident))}</div></li>`)}</ul></section>`;
}

/** A call that was picked in the queue: all that came in, before anybody takes it up. */
export function callSheet(call, answer) {
  const answered = call.stage === "answered";
  return html`<header class="sheet-top"><h2>${icon("phone")}<span class="cut">${word("channel", call.channel)}${call.type ? ` · ${nameOf(state.types.get(call.type))}` : ""}</span>
      <span class="chip ${answered ? "info" : "warn"} push">${word("stage.call", call.stage)}</span>
      <button type="button" class="button bare square small" aria-label=${t("action.close_sheet")} @click=${() => select(null)}>${icon("close")}</button></h2>
    <div class="place-line">${icon("pin")}<span class="cut">${call.place || t("located.none")}</span></div></header>
    <div class="sheet-scroll" tabindex="0" role="group" aria-label=${t("sheet.call")}>
      <p class="quiet">${t("call.came", { at: clockTime(call.opened_at) })}${answered ? ` · ${t("call.answered_by", { who: call.answered_by ?? "–", at: clockTime(call.answered_at) })}` : ""}</p>
      ${call.text ? html`<p class="note-text">${call.text}</p>` : nothing}
      ${deviceLine(call, (device) => answer(call.id, device))}
      <div>${callerLine(call)}</div></div>
    <div class="sheet-foot">${button({ label: t(answered ? "call.go_on" : "action.answer"), key: "Enter", main: true, icon: "phone", press: () => answer(call.id) })}
      ${may("call") ? button({ label: t("dismiss.button"), press: () => dismissCall(call.id, () => select(null)) }) : nothing}</div>`;
}

// Closed roads: listed until they are lifted, each with a way to lift it or set another end.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { may, notAllowed } from "./access.js";
import { ask } from "./ask.js";
import { button, icon, until } from "./parts.js";
import { changed, isPending, move, now, state } from "./store.js";
import { toast, toastRefusal } from "./toast.js";
import { running, shortTime, t } from "./words.js";

const FURTHER_MIN = [30, 60, 120, 240];

export const openClosures = () => [...state.closures.values()].filter((one) => one.stage !== "lifted").sort((a, b) => Date.parse(a.until) - Date.parse(b.until));

/** A point on a closure, in the middle of its lines. */
export function middleOf(closure) {
  const line = closure.lines?.[Math.floor((closure.lines?.length ?? 0) / 2)];
  return line?.[Math.floor(line.length / 2)] ?? null;
}

async function lift(one) {
  try {
    await move("closure", one.id, "lift");
    state.closures.delete(one.id);
    changed("closures");
    toast(t("closure.lifted", { reason: one.reason }));
  } catch (refusal) {
    toastRefusal(refusal);
  }
}

async function prolong(one) {
  await ask({
    title: t("closure.prolong_title", { reason: one.reason }),
    intro: t("closure.ends_at", { at: shortTime(one.until) }),
    confirm: t("closure.prolong"),
    fields: [{ name: "minutes", kind: "number", label: t("closure.from_now"), required: true, value: "60", presets: FURTHER_MIN.map(String) }],
    run: (values) => move("closure", one.id, "prolong", { until: new Date(now() + Number(values.minutes) * 60_000).toISOString() }),
  });
}

export function closureBoard() {
  const rows = openClosures();
  if (!rows.length) return html`<div class="empty">${icon("check")}<p>${t("closure.none")}</p></div>`;
  return html`<ul class="task-rows closures" aria-label=${t("drawer.closures")}>${repeat(rows, (one) => one.id, (one) => {
    const { left, tone } = until(one.until);
    const at = middleOf(one);
    return html`<li><span class="chip ${tone}">${icon("clock")}${left < 0 ? t("closure.ending") : running(left)}</span>
      <span class="wall"><b>${one.reason}</b><br><span class="quiet">${t("closure.stretches", { n: one.edges })} · ${t("closure.ends_at", { at: shortTime(one.until) })}${one.crews_pass === false ? ` · ${t("closure.nobody")}` : ""}</span></span>
      <span>${at ? button({ label: t("closure.show"), small: true, icon: "pin", press: () => document.dispatchEvent(new CustomEvent("show-place", { detail: at })) }) : nothing}</span>
      <span class="row">${may("closure") ? html`${button({ label: t("closure.prolong"), small: true, press: () => prolong(one) })}
        ${button({ label: t("closure.lift"), small: true, pending: isPending("closure", one.id, "lift"), press: () => lift(one) })}` : nothing}</span></li>`;
  })}</ul>`;
}

export function closureTools() {
  return html`<button type="button" class="button small" data-command="close-road" ?disabled=${!may("closure")} title=${may("closure") ? nothing : notAllowed("closure")}>${icon("plus")}${t("closure.new")}</button>`;
}

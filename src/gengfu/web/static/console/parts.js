// Small pieces every part of the console draws with.

import { html, nothing, svg } from "../vendor/lit-html/lit-html.js";
import { now, since, state } from "./store.js";
import { running, t, word } from "./words.js";

const SPRITE = "/static/icons.svg";

export const icon = (name) => html`<svg class="icon" aria-hidden="true"><use href="${SPRITE}#${name}"></use></svg>`;

/** A priority's shape with its figure; the word is said to those who hear the page. */
export const priorityGlyph = (priority) => html`<svg class="glyph p${priority}" viewBox="0 0 24 24" role="img"
  aria-label=${word("priority", priority)}><use href="${SPRITE}#p${priority}"></use>
  ${svg`<text x="12" y=${priority === 2 ? 19 : 16.2}>${priority}</text>`}</svg>`;

export const statusGlyph = (stage) =>
  html`<svg class="glyph ${stage}" aria-hidden="true"><use href="${SPRITE}#${stage}"></use></svg>`;

export const stageWord = (kind, stage) => word(`stage.${kind}`, stage);

/** A unit as a chip: shape of its status, call sign; the status in words on top of it. */
export const unitChip = (unit) => html`<span class="chip" title=${stageWord("unit", unit.stage)}>
  ${statusGlyph(unit.stage)}${unit.callsign}<span class="only-heard">, ${stageWord("unit", unit.stage)}</span></span>`;

/** That somebody who reported it said it was not fixed, and how often. */
export const contestedChip = (incident) => (incident.contested
  ? html`<span class="chip warn contested" title=${t("contested.means", { n: incident.contested })}>${icon("flag")}${t("contested.chip", { n: incident.contested })}</span>` : nothing);

/** That a point lies in none of the city's areas, where its units are far from everywhere. */
export const outsideNote = () => html`<div class="message warn" role="note">${icon("warn")}<div>${t("located.outside")}</div></div>`;

/** How far towards its limit a running clock is: {share, left, tone}. */
export function clockStanding(deadline) {
  if (!deadline?.due_at) return { share: 0, left: null, tone: "calm" };
  const due = Date.parse(deadline.due_at);
  const start = Date.parse(deadline.started_at ?? deadline.due_at);
  const share = due > start ? (now() - start) / (due - start) : 1;
  return { share, left: (due - now()) / 1000, tone: share >= 1 ? "late" : share >= 0.7 ? "near" : "calm" };
}

export function clockBar(deadline) {
  const { share, left, tone } = clockStanding(deadline);
  if (left == null) return html`<svg class="bar" aria-hidden="true"></svg>`;
  const width = Math.max(0, Math.min(100, share * 100)).toFixed(1);
  const said = left < 0 ? t("clock.over", { by: running(-left) }) : t("clock.left", { left: running(left) });
  return html`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=${said}>
    ${svg`<rect class=${tone} width=${width} height="4"></rect>`}</svg>`;
}

/** An arrival interval on a common scale of seconds. */
export function spanBar(low, mid, high, scale) {
  const x = (seconds) => (100 * Math.min(1, seconds / scale)).toFixed(1);
  const width = Math.max(1.5, x(high) - x(low)).toFixed(1);
  return html`<svg class="span" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<rect class="track" width="100" height="4"></rect>
    <rect class="range" x=${x(low)} width=${width} height="4"></rect>
    <rect class="mid" x=${x(mid)} width="0.8" height="4"></rect>`}</svg>`;
}

/** Seconds left until an instant, and whether it is over or near; nulls where there is none. */
export function until(at) {
  if (!at) return { left: null, tone: "" };
  const left = (Date.parse(at) - now()) / 1000;
  return { left, tone: left < 0 ? "bad" : left < 60 ? "warn" : "" };
}

/** Whether a crew should have said by now that all is well. */
export const isSilent = (unit) => Boolean(unit?.check_in_due_at) && (unit.missed_check_ins > 0 || until(unit.check_in_due_at).left < 0);

/** The check-in timer of a crew: what is left of it, or red that it is silent. */
export function checkIn(unit) {
  if (!unit?.check_in_due_at) return nothing;
  const { left, tone } = until(unit.check_in_due_at);
  if (isSilent(unit)) return html`<span class="chip bad">${icon("offline")}${unit.missed_check_ins ? t("unit.missed", { n: unit.missed_check_ins }) : t("unit.silent", { for: running(-left) })}</span>`;
  return html`<span class="chip ${tone}">${icon("clock")}${t("unit.check_in_left", { left: running(left) })}</span>`;
}

/** The orders a unit has not confirmed: what was said, and whether the crew has read it. */
export const openOrders = (unit) => [...state.orders.values()].filter((one) => one.unit === unit && one.stage !== "acknowledged").sort((a, b) => Date.parse(a.sent_at) - Date.parse(b.sent_at));
export const orderChip = (order) => html`<span class="chip ${order.read_at ? "info" : "warn"}" title=${order.text}>${icon("note")}${order.read_at ? t("order.read", { for: running(since(order.read_at)) }) : t("order.unread", { for: running(since(order.sent_at)) })}</span>`;

export const keyHint = (key) => (key ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing);

/** A button that carries its key and shows when its move is pending. */
export function button({ label, key, press, main, pending, disabled, icon: picture, small, title }) {
  return html`<button type="button" class="button ${main ? "main" : ""} ${pending ? "pending" : ""} ${small ? "small" : ""}"
    ?disabled=${disabled} aria-keyshortcuts=${key || nothing} aria-busy=${pending ? "true" : "false"} title=${title || nothing}
    @click=${press}>${picture ? icon(picture) : nothing}${label}${keyHint(key)}</button>`;
}

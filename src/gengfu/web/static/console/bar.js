// The bar: where we are, what time it is, how old the picture is, what is behind.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { may } from "./access.js";
import { writing } from "./api.js";
import { again, pictureAge, standing } from "./feed.js";
import { clockStanding, icon } from "./parts.js";
import { unsigned } from "./drawer.js";
import { answeredCalls, lateTasks, now, ringingCalls, ringsLate, state } from "./store.js";
import { say } from "./toast.js";
import { clockTime, nameOf, running, t, word } from "./words.js";

const OPEN = new Set(["waiting", "dispatched", "en_route", "on_scene", "controlled"]);
let lastStanding = "fresh";

function counter(name, count, tone, command, meaning) {
  return html`<button type="button" class="counter ${count ? tone : ""}" data-command=${command} title=${meaning || nothing}><b>${count}</b>${t(`bar.${name}`)}</button>`;
}

const otherLanguage = () => (document.documentElement.lang.startsWith("zh") ? ["en", "English"] : ["zh", "中文"]);
const rolesOf = (me) => (me?.roles ?? []).map((one) => word("role", one)).join(", ");

/** Who is signed in, as what and for what; the way to the other pages and out. */
function account() {
  const me = state.me;
  const topRole = ["commander", "dispatcher", "call-taker"].find((one) => me?.roles?.includes(one));
  return html`<details class="menu"><summary class="button bare">${icon("user")}<span class="cut who">${word("role", topRole)}</span></summary>
    <div class="menu-list"><p><b>${me?.name ?? ""}</b><br><span class="quiet">${rolesOf(me)}</span><br><span class="quiet">${t("bar.purpose")}: ${t("purpose.emergency-response")}</span></p>
      ${may("supervision") ? html`<a class="button bare" href="/supervision">${t("nav.supervision")}</a>` : nothing}
      <a class="button bare" href="/reports/clocks">${t("nav.report")}</a>
      <form method="post" action="/sign-out"><button class="button bare">${t("nav.sign_out")}</button></form></div></details>`;
}

export function drawBar(theme) {
  const open = [...state.incidents.values()].filter((one) => OPEN.has(one.stage));
  const waiting = open.filter((one) => one.stage === "waiting").length;
  const late = open.filter((one) => clockStanding(one.deadline).tone === "late").length;
  const tasks = lateTasks().length;
  const ringing = ringingCalls();
  const tooLong = ringing.filter(ringsLate).length;
  const unfinished = answeredCalls().length;
  const age = pictureAge();
  const how = state.loaded ? standing() : "fresh";
  const other = otherLanguage();
  render(html`<a class="brand" href="/" aria-label="Gengfu">${icon("lantern")}</a>
    <span class="city">${nameOf(state.city)}</span>${state.city?.simulated ? html`<span class="tag">${t("simulated")}</span>` : nothing}
    <span class="sep"></span>
    <time id="clock" aria-label=${t("bar.server_clock")}>${clockTime(now())}</time>
    <span id="age" class=${how === "fresh" ? "" : how} title=${t("bar.age_of_picture")}><span class="dot"></span>${how === "fresh" ? t("bar.live") : t("bar.age", { s: running(age) })}</span>
    <span class="sep"></span>
    <span id="counters">${counter("waiting", waiting + ringing.length + unfinished, "warn", "show-waiting", t("bar.waiting_means", { calls: ringing.length, unfinished, incidents: waiting }))}${counter("unsigned", unsigned().length, "warn", "tasks")}${counter("late", late + tooLong + tasks, "bad", "show-late", t("bar.late_means", { calls: tooLong, incidents: late, tasks }))}</span>
    <button type="button" id="find" class="push" data-command="palette">${icon("search")}<span>${t("bar.search")}</span><kbd aria-hidden="true">/</kbd></button>
    ${may("supervision") ? html`<a class="button bare wide" href="/supervision">${t("nav.supervision")}</a>` : nothing}
    <a class="button bare" href="?lang=${other[0]}" lang=${other[0]} hreflang=${other[0]}>${other[1]}</a>
    <button type="button" class="button bare square" data-command="theme" aria-label=${t(theme === "dark" ? "bar.to_light" : "bar.to_dark")} title=${t(theme === "dark" ? "bar.to_light" : "bar.to_dark")}>${icon(theme === "dark" ? "sun" : "moon")}</button>
    <button type="button" class="button bare square" data-command="keys" aria-label=${t("keys.title")} title=${t("keys.title")}><kbd aria-hidden="true">?</kbd></button>
    ${account()}`, document.getElementById("bar"));
  drawBanner(how, age);
}

/** No word from the server, or no writing on it: what can still be done is said. */
function drawBanner(how, age) {
  const banner = document.getElementById("banner");
  const lost = how === "lost";
  banner.hidden = !lost && !writing.refusedAt;
  const said = lost ? "lost" : writing.refusedAt ? "read_only" : how;
  if (said !== lastStanding) {
    lastStanding = said;
    if (said === "lost") say(t("banner.lost_said"));
    else if (said === "read_only") say(t("banner.read_only_said"));
    else if (said === "fresh") say(t("banner.back"));
  }
  render(banner.hidden ? nothing : lost ? html`${icon("offline")}<span>${t("banner.lost", { s: running(age), at: clockTime(now() - age * 1000) })}</span>
    <button type="button" class="button small" @click=${() => again(0)}>${t("banner.retry")}</button>`
    : html`${icon("warn")}<span>${t("banner.read_only", { at: clockTime(writing.refusedAt + state.offsetMs) })}</span>`, banner);
}

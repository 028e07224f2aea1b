// The bar: where we are, what time it is, how old the picture is, what is behind.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { again, pictureAge, standing } from "./feed.js";
import { clockStanding, icon } from "./parts.js";
import { unsigned } from "./drawer.js";
import { now, ringingCalls, ringsLate, state } from "./store.js";
import { say } from "./toast.js";
import { clockTime, nameOf, running, t, word } from "./words.js";

const OPEN = new Set(["waiting", "dispatched", "en_route", "on_scene", "controlled"]);
let lastStanding = "fresh";

function counter(name, count, tone, command, meaning) {
  return html`<button type="button" class="counter ${count ? tone : ""}" data-command=${command} title=${meaning || nothing}><b>${count}</b>${t(`bar.${name}`)}</button>`;
}

export function drawBar(theme) {
  const open = [...state.incidents.values()].filter((one) => OPEN.has(one.stage));
  const waiting = open.filter((one) => one.stage === "waiting").length;
  const late = open.filter((one) => clockStanding(one.deadline).tone === "late").length;
  const ringing = ringingCalls();
  const tooLong = ringing.filter(ringsLate).length;
  const age = pictureAge();
  const how = state.loaded ? standing() : "fresh";
  const other = document.documentElement.lang.startsWith("zh") ? ["en", "English"] : ["zh", "中文"];
  render(html`<a class="brand" href="/" aria-label="Gengfu">${icon("lantern")}</a>
    <span class="city">${nameOf(state.city)}</span>${state.city?.simulated ? html`<span class="tag">${t("simulated")}</span>` : nothing}
    <span class="who wide cut">${state.me?.name ?? ""} · ${(state.me?.roles ?? []).map((one) => word("role", one)).join(", ")} · ${t("purpose.emergency-response")}</span>
    <span class="sep"></span>
    <time id="clock" aria-label=${t("bar.server_clock")}>${clockTime(now())}</time>
    <span id="age" class=${how === "fresh" ? "" : how} title=${t("bar.age_of_picture")}><span class="dot"></span>${how === "fresh" ? t("bar.live") : t("bar.age", { s: running(age) })}</span>
    <span class="sep"></span>
    <span id="counters">${counter("waiting", waiting + ringing.length, "warn", "show-waiting", t("bar.waiting_means", { calls: ringing.length, incidents: waiting }))}${counter("unsigned", unsigned().length, "warn", "tasks")}${counter("late", late + tooLong, "bad", "show-late", t("bar.late_means", { calls: tooLong, incidents: late }))}</span>
    <button type="button" id="find" class="push" data-command="palette">${icon("search")}<span>${t("bar.search")}</span><kbd aria-hidden="true">/</kbd></button>
    <a class="button bare wide" href="/supervision">${t("nav.supervision")}</a>
    <a class="button bare" href="?lang=${other[0]}" lang=${other[0]} hreflang=${other[0]}>${other[1]}</a>
    <button type="button" class="button bare square" data-command="theme" aria-label=${t(theme === "dark" ? "bar.to_light" : "bar.to_dark")} title=${t(theme === "dark" ? "bar.to_light" : "bar.to_dark")}>${icon(theme === "dark" ? "sun" : "moon")}</button>
    <button type="button" class="button bare square" data-command="keys" aria-label=${t("keys.title")} title=${t("keys.title")}><kbd aria-hidden="true">?</kbd></button>
    <form method="post" action="/sign-out" class="wide"><button class="button bare square" aria-label=${t("nav.sign_out")} title=${t("nav.sign_out")}>${icon("user")}</button></form>`,
  document.getElementById("bar"));
  drawBanner(how, age);
}

function drawBanner(how, age) {
  const banner = document.getElementById("banner");
  banner.hidden = how !== "lost";
  if (how !== lastStanding) {
    lastStanding = how;
    if (how === "lost") say(t("banner.lost_said"));
    else if (how === "fresh") say(t("banner.back"));
  }
  render(how !== "lost" ? nothing : html`${icon("offline")}<span>${t("banner.lost", { s: running(age), at: clockTime(now() - age * 1000) })}</span>
    <button type="button" class="button small" @click=${() => again(0)}>${t("banner.retry")}</button>`, banner);
}

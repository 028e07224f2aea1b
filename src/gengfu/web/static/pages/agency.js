// Keeps an agency's page new: what it is asked next, and how long is left.
// Without it the page is as it was loaded. What somebody is typing is never taken away.

import { running, t } from "../console/words.js";

const AGAIN_MS = 5_000;
const TICK_MS = 1_000;
const PATIENCE_MS = 10_000;
const part = (id, from = document) => from.getElementById(id);
const tasks = part("tasks");
const lost = part("lost");
let sent = tasks.cloneNode(true);
let sentAt = performance.now();

const sections = (list) => [...list.querySelectorAll(":scope > [data-task]")];
const byTask = (list) => new Map(sections(list).map((one) => [one.dataset.task, one]));

/** Take over what a task's section says; its forms stay as long as its stage does. */
function renew(here, fresh, before) {
  for (const one of fresh.querySelectorAll("[data-part]")) {
    const where = `[data-part="${one.dataset.part}"]`;
    if (one.innerHTML !== before.querySelector(where).innerHTML) here.querySelector(where).replaceWith(one.cloneNode(true));
  }
  const version = fresh.querySelector("[name=version]")?.value;
  for (const field of here.querySelectorAll("[name=version]")) field.value = version;
}

/** Put a task's new section where the old one stood, with what was typed and the focus. */
function exchange(old, made) {
  const held = old.contains(document.activeElement) ? document.activeElement.id : null;
  const same = (one) => made.querySelector(`#${CSS.escape(one.id)}`);
  for (const one of old.querySelectorAll("details[open][id]")) same(one)?.setAttribute("open", "");
  for (const one of old.querySelectorAll("input[id], select[id]")) if (same(one)) same(one).value = one.value;
  old.replaceWith(made);
  if (held !== null) ((held && made.querySelector(`#${CSS.escape(held)}`)) || made).focus();
}

/** Put the sections in the order of the server; one that stands right is not touched. */
function takeOver(list) {
  const known = byTask(tasks);
  const before = byTask(sent);
  const wanted = byTask(list);
  for (const [task, here] of known) if (!wanted.has(task)) here.remove();
  [...wanted].forEach(([task, fresh], place) => {
    let here = known.get(task);
    if (here && here.dataset.stage === fresh.dataset.stage) renew(here, fresh, before.get(task));
    else {
      const old = here;
      here = fresh.cloneNode(true);
      if (old) exchange(old, here);
      else tasks.insertBefore(here, sections(tasks)[place] ?? null);
      if (task && !known.has(task)) part("said").textContent = t("agency.new", { words: here.querySelector("h2").textContent });
    }
    const standing = sections(tasks)[place];
    if (standing !== here) tasks.insertBefore(here, standing);
  });
  sent = list.cloneNode(true);
  sentAt = performance.now();
}

function tick() {
  const gone = Math.floor((performance.now() - sentAt) / 1000);
  for (const one of tasks.querySelectorAll("[data-left]")) {
    const left = Number(one.dataset.left) - gone;
    one.textContent = left > 0 ? t("clock.left", { left: running(left) }) : t("clock.over", { by: running(-left) });
  }
}

/** Ask for the page as it is now; nothing where the server does not answer. */
async function asked() {
  const answer = await fetch("/agency", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  // who is signed out elsewhere is asked to sign in again
  if (answer.redirected) location.assign("/agency");
  return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

async function again() {
  clearTimeout(next);
  if (asking) return;
  asking = true;
  const page = await asked().catch(() => null);
  lost.hidden = page !== null;
  asking = false;
  next = setTimeout(again, AGAIN_MS);
  if (page === null) return;
  takeOver(part("tasks", page));
  part("updated").textContent = part("updated", page).textContent;
  document.title = page.title;
}

let asking = false;
let next = setTimeout(again, AGAIN_MS);
// browsers slow the timers of a page behind others: who comes back to it sees what is
document.addEventListener("visibilitychange", again);
addEventListener("online", again);
addEventListener("offline", again);
setInterval(tick, TICK_MS);

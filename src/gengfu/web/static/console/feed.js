// The live feed. EventSource reconnects by itself and sends Last-Event-ID; when the
// server refuses for good, or the picture has aged, ask for a fresh picture and begin again.

import { get } from "./api.js";
import { hearLate } from "./late.js";
import { applyEntry, applyPositions, changed, heard, setPicture, state } from "./store.js";

export const AMBER_S = 5;
export const RED_S = 15;
const RETRY_MS = 3000;

let source = null;
let retry = 0;

export function listen() {
  source?.close();
  source = new EventSource(`/api/v1/feed?from=${state.seq}`);
  source.addEventListener("entry", (event) => {
    const entry = JSON.parse(event.data);
    applyEntry(entry);
    hearLate(entry);
  });
  source.addEventListener("positions", (event) => applyPositions(JSON.parse(event.data)));
  source.addEventListener("tick", (event) => {
    heard(JSON.parse(event.data).at);
    changed("tick");
  });
  source.addEventListener("reset", () => {
    source.close();
    again(0);
  });
  source.addEventListener("error", () => {
    state.online = false;
    changed("tick");
    if (source.readyState === EventSource.CLOSED) again();
  });
}

/** Take a whole new picture, then follow the feed from there. */
export function again(waitMs = RETRY_MS) {
  clearTimeout(retry);
  retry = setTimeout(async () => {
    try {
      setPicture(await get(state.pictureAt));
      listen();
    } catch {
      again();
    }
  }, waitMs);
}

export const pictureAge = () => (state.heardAt ? (Date.now() - state.heardAt) / 1000 : 0);

/** The picture's standing: fresh, old (amber) or lost (red banner). */
export function standing() {
  const seconds = pictureAge();
  if (seconds >= RED_S) return "lost";
  return seconds >= AMBER_S ? "old" : "fresh";
}

// Places for the words that stand in the field now. What was found for earlier words stays
// in sight while the next is on its way, so that nothing flickers, but is never taken.

import { get, query, Refusal } from "./api.js";

const PAUSE_MS = 110;
/** A call never waits longer than this for its place to be found. */
const LIMIT_MS = 4000;
const ROWS_MAX = 8;
export const LETTERS_MIN = 2;

/** The places last found, the words they are for (null while others are looked for), and
    the search under way. */
export const hits = { rows: [], of: "", coming: Promise.resolve() };
let latest = new AbortController();

/** Look for places of these words once no further letter comes; `told` hears of them. */
export function searchPlaces(words, near, told) {
  stopSearch();
  latest = new AbortController();
  hits.of = null;
  hits.coming = search(words, near, latest.signal, told);
}

/** Give up what is on its way. */
export const stopSearch = () => latest.abort();

async function search(words, near, stopped, told) {
  const rows = words.trim().length < LETTERS_MIN ? [] : await ask(words, near, stopped);
  if (stopped.aborted) return;
  Object.assign(hits, { rows, of: words });
  told();
}

async function ask(words, near, stopped) {
  await new Promise((done) => { setTimeout(done, PAUSE_MS); });
  if (stopped.aborted) return [];
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(LIMIT_MS)]);
    const rows = await get(query("/api/v1/places", { q: words, near }), signal);
    return Array.isArray(rows) ? rows.slice(0, ROWS_MAX) : []; // no rows: cut off midway
  } catch (cause) {
    if (cause instanceof Refusal || stopped.aborted) return [];
    throw cause;
  }
}

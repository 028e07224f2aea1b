// The way to the job as a line without a map: it opens at once, on any phone and network.
// Where the crew stands is below or beside the place it goes to as on a map, north up.

import { html, nothing, svg } from "../vendor/lit-html/lit-html.js";
import { get, query, Refusal } from "../console/api.js";
import { changed } from "../console/store.js";
import { distance, interval, t } from "../console/words.js";

const EVERY_MS = 15000;
const DRIVING = new Set(["assigned", "en_route"]);
const WIDE = 320;
const HIGH = 180;
const EDGE = 20;
const M_PER_DEGREE = 111320;
const SCALES_M = [50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000];
const way = { of: "", askedAt: 0, found: null };

/** Ask for the way when there is a drive to make, and again as the crew moves. */
export function keepWay(unit, incident) {
  const of = unit && incident?.lon != null && DRIVING.has(unit.stage) ? `${incident.id} ${incident.lon} ${incident.lat}` : "";
  if (of !== way.of) Object.assign(way, { of, askedAt: 0, found: null });
  if (!of || Date.now() - way.askedAt < EVERY_MS || document.visibilityState !== "visible") return;
  way.askedAt = Date.now();
  ask(of, unit.id, incident.id);
}

async function ask(of, unit, incident) {
  try {
    const found = await get(query("/api/v1/routes", { unit, incident }));
    if (way.of === of) way.found = found;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.code !== "no_network") way.found = null; // without a network the last line stands
  }
  changed("way");
}

/** Metres east and north of the first point, which is near enough to flat here. */
function flat(line) {
  const [[lon, lat]] = line;
  const east = M_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  return line.map(([x, y]) => [(x - lon) * east, (y - lat) * M_PER_DEGREE]);
}

/** The line as points of the drawing, and how many of its units a metre takes. */
export function drawn(line) {
  const metres = flat(line);
  const [xs, ys] = [metres.map(([x]) => x), metres.map(([, y]) => y)];
  const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min((WIDE - 2 * EDGE) / Math.max(1, east - west), (HIGH - 2 * EDGE) / Math.max(1, north - south));
  const [left, top] = [(WIDE - scale * (east - west)) / 2, (HIGH - scale * (north - south)) / 2];
  return { points: metres.map(([x, y]) => [left + scale * (x - west), top + scale * (north - y)]), scale };
}

/** The drawing of the way, or nothing where there is none to drive. */
export function wayView() {
  const { found } = way;
  if (!way.of || !found || found.line.length < 2) return nothing;
  const { points, scale } = drawn(found.line);
  const [start, end] = [points[0], points.at(-1)];
  const bar = SCALES_M.findLast((one) => one * scale <= WIDE / 3) ?? SCALES_M[0];
  const arrival = interval(found.low_s, found.high_s, found.seconds);
  const length = distance(found.length_m);
  const at = points.map((one) => one.map((n) => n.toFixed(1)).join(",")).join(" ");
  return html`<figure class="way"><svg viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label=${t("field.app.way", { length, arrival })}>
    ${svg`<polyline class="edge" points=${at}></polyline><polyline class="line" points=${at}></polyline>
    <circle class="start" cx=${start[0]} cy=${start[1]} r="6"></circle>
    <path class="end" d="M${end[0]} ${end[1] - 10}l10 10l-10 10l-10-10z"></path>
    <path class="scale" d="M8 ${HIGH - 12}v6h${bar * scale}v-6"></path><text x=${14 + bar * scale} y=${HIGH - 5}>${distance(bar)}</text>`}</svg>
    <figcaption><b>${arrival}</b> · ${length}</figcaption></figure>`;
}

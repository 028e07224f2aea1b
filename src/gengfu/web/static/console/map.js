// The map: incidents by priority shape, units by status shape, closures, routes, coverage.

import * as maplibregl from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { get, query, Refusal } from "./api.js";
import { colour, hatch, imageData, markPicture } from "./marks.js";
import { changed, ENDED, fixAge, select, state } from "./store.js";
import { metresBetween } from "./places.js";
import { distance, interval, lang, nameOf, t } from "./words.js";
import { UnitLayer } from "./unitlayer.js";

export const CLUSTER_BELOW = 12;
const LABELS_FROM = 13.2;
const LABELS_MAX = 160;
/** Drives of units on their way are asked for again after this long. */
const DRIVES_EVERY_MS = 10_000;
const ROUTES_SHOWN = 8;
/** Beyond this a distance is not worked out as if the ground were flat. */
const FAR_M = 1_000_000;
/** Around the city, where it fills the map. */
const MARGIN = 1.12;
/** How much larger than at a desk everything is drawn. */
const remOf = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 13;
const onWall = () => window.matchMedia("(min-width: 3000px)").matches;
const FONT = ["Noto Sans", "Noto Sans SC", "sans-serif"];
const none = { type: "FeatureCollection", features: [] };
const point = (lon, lat, properties, id) => ({ type: "Feature", id, geometry: { type: "Point", coordinates: [lon, lat] }, properties });
const all = (features) => ({ type: "FeatureCollection", features });

function plainStyle() {
  return { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": colour("bg") } }] };
}

async function basemap(theme) {
  const url = state.city.basemap;
  if (!url) return plainStyle();
  try {
    const module = await import("/static/map/style.js");
    return await module.style({ theme, lang, scale: remOf(), pmtilesUrl: new URL(url, window.location.href).href });
  } catch {
    return plainStyle();
  }
}

/** What the base map covers, so that nobody is shown the empty beyond; null if unknown. */
async function covered() {
  if (!window.pmtiles || !state.city.basemap) return null;
  try {
    const header = await new window.pmtiles.PMTiles(new URL(state.city.basemap, window.location.href).href).getHeader();
    return [[header.minLon, header.minLat], [header.maxLon, header.maxLat]];
  } catch {
    return null;
  }
}

/** What may be shown: all that is covered, and beyond it only as much as it takes for the
    whole city to fit a screen of this shape. */
function roomFor([[w, s], [e, n]], known, { clientWidth, clientHeight }) {
  const { MercatorCoordinate } = maplibregl;
  const [from, to] = [MercatorCoordinate.fromLngLat([w, n]), MercatorCoordinate.fromLngLat([e, s])];
  const shape = clientHeight ? clientWidth / clientHeight : 1;
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  const half = (MARGIN / 2) * Math.max(to.y - from.y, (to.x - from.x) / shape);
  const [a, b] = [new MercatorCoordinate(x - half * shape, y + half).toLngLat(), new MercatorCoordinate(x + half * shape, y - half).toLngLat()];
  const [[kw, ks], [ke, kn]] = known ?? [[w - 0.6, s - 0.6], [e + 0.6, n + 0.6]];
  return [[Math.min(a.lng, kw), Math.min(a.lat, ks)], [Math.max(b.lng, ke), Math.max(b.lat, kn)]];
}

/** Make the map in its element; returns what the console may ask of it. */
export async function makeMap({ element, statuses, pickedUnit, pickUnit, startCall, theme }) {
  if (window.pmtiles) {
    const protocol = new window.pmtiles.Protocol();
    maplibregl.addProtocol("pmtiles", protocol.tile);
  }
  const [w, s, e, n] = state.city.bbox;
  const known = await covered();
  const map = new maplibregl.Map({
    container: element, style: await basemap(theme), bounds: [[w, s], [e, n]], fitBoundsOptions: { padding: 24 }, maxZoom: 18.5, minZoom: 7,
    maxPitch: 0, pitchWithRotate: false, dragRotate: false, fadeDuration: 0, attributionControl: false, doubleClickZoom: false,
    maxBounds: roomFor([[w, s], [e, n]], known, element),
  });
  const [[kw, ks], [ke, kn]] = known ?? [[w, s], [e, n]];
  /** How far beyond what the map covers a place lies, in metres; 0 on it. */
  const beyond = (one) => metresBetween(one, { lon: Math.min(Math.max(one.lon, kw), ke), lat: Math.min(Math.max(one.lat, ks), kn) });
  const home = () => map.fitBounds([[w, s], [e, n]], { padding: 30, duration: 0 });
  map.on("resize", () => map.setMaxBounds(roomFor([[w, s], [e, n]], known, element)));
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.AttributionControl({ compact: true }), "bottom-right");
  map.addControl(new maplibregl.ScaleControl({ maxWidth: onWall() ? 220 : 110 }), "bottom-left");
  map.getCanvas().setAttribute("aria-label", t("map.label"));
  // The sources stand behind their button, for their full names would hide the harbour.
  map.once("load", () => {
    const sources = element.querySelector(".maplibregl-ctrl-attrib");
    sources?.classList.remove("maplibregl-compact-show");
    sources?.removeAttribute("open");
  });
  let layer = null;
  let ready = false;
  const coverage = { shown: false, kind: "", minutes: 5, share: null };
  let routeTurn = 0;
  let routeFor = "";
  let routesAt = 0;
  let picking = null;

  async function dress() {
    ready = false;
    element.dataset.drawn = "no";
    layer = new UnitLayer(statuses, state.city.center, CLUSTER_BELOW);
    await layer.paint();
    const put = async (name, id, token, size, figure) => {
      const data = await imageData(await markPicture(id, token, size, figure));
      if (!map.hasImage(name)) map.addImage(name, data, { pixelRatio: 2 });
    };
    for (const p of [1, 2, 3, 4]) await put(`incident-${p}`, `p${p}`, `p${p}`, 68, String(p));
    for (const status of statuses) await put(`unit-${status}`, status, status.replaceAll("_", "-"), 40);
    if (!map.hasImage("hatch")) map.addImage("hatch", hatch(), { pixelRatio: 2 });
    overlays(map, layer);
    ready = true;
    drawAll();
  }

  const source = (id) => map.getSource(id);

  function drawIncidents() {
    if (!ready) return;
    const features = [...state.incidents.values()].filter((one) => one.lon != null && !ENDED.has(one.stage)).map((one) =>
      point(one.lon, one.lat, { id: one.id, priority: one.priority, sort: -one.priority, waiting: one.stage === "waiting",
        label: nameOf(state.types.get(one.type)) || one.type, picked: one.id === state.selected }));
    source("incidents").setData(all(features));
    const one = state.form ?? state.incidents.get(state.selected);
    source("picked").setData(one?.lon == null ? none : all([point(one.lon, one.lat, {})]));
    const off = one?.lon == null ? 0 : beyond(one);
    const note = document.getElementById("map-beyond");
    note.hidden = !off;
    note.textContent = off ? t("map.beyond", { far: off < FAR_M ? distance(off) : `> ${distance(FAR_M)}` }) : "";
  }

  let clusterAt = 0;
  function drawUnits() {
    if (!ready) return;
    // Those with a job lie above those that stand idle at the same post.
    const units = [...state.units.values()].sort((a, b) => Number(a.stage !== "available") - Number(b.stage !== "available"));
    layer.setUnits(units, fixAge, pickedUnit());
    const zoom = map.getZoom();
    if (zoom < CLUSTER_BELOW && Date.now() - clusterAt > 1900) {
      clusterAt = Date.now();
      source("unit-crowd").setData(all(units.filter((one) => one.lon != null).map((one) => point(one.lon, one.lat, { stage: one.stage, free: one.stage === "available" ? 1 : 0 }))));
    }
    const bounds = map.getBounds();
    const named = zoom < LABELS_FROM ? [] : units.filter((one) => one.lon != null && bounds.contains([one.lon, one.lat]));
    source("unit-names").setData(named.length > LABELS_MAX ? none : all(named.map((one) => point(one.lon, one.lat, { callsign: one.callsign }))));
  }

  function drawClosures() {
    if (!ready) return;
    source("closures").setData(all([...state.closures.values()].filter((one) => one.stage !== "lifted" && (one.geometry || one.lines?.length))
      .map((one) => ({ type: "Feature", geometry: one.geometry ?? { type: "MultiLineString", coordinates: one.lines }, properties: { reason: one.reason } }))));
  }

  function drawPosts() {
    if (!ready) return;
    source("posts").setData(all([...state.posts.values()].map((one) => point(one.lon, one.lat, { name: nameOf(one), kind: one.kind }))));
  }

  /** Routes of those on their way, or of the rows chosen to be sent. */
  async function drawRoutes() {
    const id = state.selected;
    const incident = state.incidents.get(id);
    const chosen = state.recommendations.has(id) ? [...(state.chosen.get(id) ?? [])] : [];
    const moving = (incident?.assignments ?? []).filter((one) => !one.on_scene_at && !one.cleared_at).map((one) => one.unit);
    const units = incident ? [...new Set([...moving, ...chosen])].slice(0, ROUTES_SHOWN) : [];
    const wanted = `${id}:${units.join()}`;
    // The same ones again once they have moved on, or the drawn line would stay behind them.
    const old = moving.length && Date.now() - routesAt > DRIVES_EVERY_MS;
    if (!ready || (wanted === routeFor && !old)) return;
    routeFor = wanted;
    routesAt = Date.now();
    const turn = ++routeTurn;
    const found = await Promise.all(units.map((unit) => get(query("/api/v1/routes", { unit, incident: id })).then((route) => ({ ...route, geometry: { type: "LineString", coordinates: route.line }, unit }))
      .catch((refusal) => { if (refusal instanceof Refusal) return null; throw refusal; })));
    if (turn !== routeTurn || !ready) return;
    for (const one of found) if (one) state.drives.set(one.unit, { seconds: one.seconds, low_s: one.low_s, high_s: one.high_s, at: Date.now() });
    changed("details");
    const routes = found.filter((one) => one?.line?.length > 1);
    source("routes").setData(all(routes.map((one) => ({ type: "Feature", geometry: one.geometry, properties: { planned: !moving.includes(one.unit) } }))));
    // The arrival stands at the end of the route; the first to arrive is written there.
    const first = routes.toSorted((a, b) => a.seconds - b.seconds)[0];
    const end = first?.geometry.coordinates?.at(-1);
    source("arrival").setData(end ? all([point(end[0], end[1], { text: `${state.units.get(first.unit)?.callsign ?? ""}  ${interval(first.low_s, first.high_s, first.seconds)}` })]) : none);
  }

  function drawAll() {
    drawIncidents();
    drawUnits();
    drawClosures();
    drawPosts();
    routeFor = "";
    drawRoutes();
    if (coverage.shown) showCoverage(coverage);
  }

  /** Show the streets that free units of a kind, or any, reach within minutes. */
  async function showCoverage(wanted) {
    Object.assign(coverage, wanted);
    if (!ready) return;
    if (!coverage.shown) { source("coverage").setData(none); return; }
    const reached = await get(query("/api/v1/coverage", { within_s: coverage.minutes * 60, kind: coverage.kind }));
    coverage.share = reached.share;
    if (coverage.shown && ready) source("coverage").setData(all([{ type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: reached.lines } }]));
  }

  function nearestUnit(at, reach) {
    let best = null;
    let bestD = reach;
    for (const unit of state.units.values()) {
      if (unit.lon == null) continue;
      const p = map.project([unit.lon, unit.lat]);
      const d = Math.hypot(p.x - at.x, p.y - at.y);
      if (d < bestD) { best = unit.id; bestD = d; }
    }
    return best;
  }

  function endPick(at) {
    const done = picking;
    picking = null;
    map.getCanvas().style.cursor = "";
    element.dataset.picking = "no";
    done?.(at);
  }

  // Said in the page, so that whoever waits for a finished picture can see it.
  map.on("idle", () => { if (ready) element.dataset.drawn = "yes"; });
  map.on("movestart", () => { element.dataset.drawn = "no"; });
  map.on("style.load", dress);
  map.on("moveend", drawUnits);
  map.on("click", async (event) => {
    if (!ready) return;
    if (picking) { endPick({ lon: event.lngLat.lng, lat: event.lngLat.lat }); return; }
    const box = [[event.point.x - 9, event.point.y - 9], [event.point.x + 9, event.point.y + 9]];
    const hit = map.queryRenderedFeatures(box, { layers: ["incident-marks", "incident-clusters", "unit-clusters"] })[0];
    if (hit?.layer.id === "incident-marks") { select(hit.properties.id); return; }
    if (hit) {
      const zoom = await source(hit.source).getClusterExpansionZoom(hit.properties.cluster_id);
      map.easeTo({ center: hit.geometry.coordinates, zoom: Math.max(zoom, CLUSTER_BELOW + 0.2), duration: 140 });
      return;
    }
    if (map.getZoom() >= CLUSTER_BELOW) {
      const unit = nearestUnit(event.point, 16);
      if (unit) pickUnit(unit);
    }
  });
  map.on("dblclick", (event) => picking || startCall({ lon: event.lngLat.lng, lat: event.lngLat.lat }));
  map.on("mousemove", (event) => {
    if (!ready || picking) return;
    const over = map.queryRenderedFeatures(event.point, { layers: ["incident-marks", "incident-clusters", "unit-clusters"] }).length;
    map.getCanvas().style.cursor = over ? "pointer" : "";
  });
  if (map.isStyleLoaded()) dress();

  return {
    map, drawIncidents, drawUnits, drawClosures, drawRoutes, drawAll, showCoverage,
    coverage: () => coverage,
    /** Let the next click say a place; null where it is given up. */
    pick() {
      endPick(null);
      map.getCanvas().style.cursor = "crosshair";
      element.dataset.picking = "yes";
      return new Promise((resolve) => { picking = resolve; });
    },
    picking: () => Boolean(picking),
    stopPicking: () => endPick(null),
    async setTheme(name) {
      const style = await basemap(name);
      ready = false;
      element.dataset.drawn = "no";
      map.setStyle(style, { diff: false });
    },
    goTo(lon, lat) {
      if (lon == null) return;
      if (beyond({ lon, lat })) { home(); return; }
      const zoom = Math.max(map.getZoom(), 13.4);
      map.easeTo({ center: [lon, lat], zoom, duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140 });
    },
    home,
    zoom: (by) => map.zoomTo(map.getZoom() + by, { duration: 120 }),
    focus: () => map.getCanvas().focus(),
  };
}

function overlays(map, layer) {
  const halo = { "text-color": colour("text"), "text-halo-color": colour("surface"), "text-halo-width": 1.6 };
  const rem = remOf();
  const size = (px) => px * rem;
  // Clusters of incidents and of units at one place stand beside each other, not one on the other.
  const aside = (kind, way) => ({ [`${kind}-translate`]: [way * size(16), way * size(18)] });
  const add = (id, data, options = {}) => map.addSource(id, { type: "geojson", data, ...options });
  for (const id of ["coverage", "closures", "routes", "arrival", "posts", "picked", "unit-names"]) add(id, none);
  add("incidents", none, { cluster: true, clusterMaxZoom: CLUSTER_BELOW - 1, clusterRadius: 36, clusterProperties: { top: ["min", ["get", "priority"]] } });
  add("unit-crowd", none, { cluster: true, clusterMaxZoom: CLUSTER_BELOW + 2, clusterRadius: 46, clusterProperties: { free: ["+", ["get", "free"]] } });
  const layers = [
    { id: "coverage-wide", type: "line", source: "coverage", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour("available"), "line-width": ["interpolate", ["exponential", 2], ["zoom"], 10, size(3), 16, size(40)], "line-opacity": 0.22 } },
    { id: "coverage-line", type: "line", source: "coverage", paint: { "line-color": colour("available-line"), "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 16, 2], "line-opacity": 0.8 } },
    { id: "closure-fill", type: "fill", source: "closures", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-pattern": "hatch", "fill-opacity": 0.75 } },
    { id: "closure-edge", type: "line", source: "closures", paint: { "line-color": colour("bad"), "line-width": size(12) } },
    { id: "closure-ground", type: "line", source: "closures", filter: ["!=", ["geometry-type"], "Polygon"], paint: { "line-color": colour("surface"), "line-width": size(9) } },
    { id: "closure-hatch", type: "line", source: "closures", filter: ["!=", ["geometry-type"], "Polygon"], paint: { "line-pattern": "hatch", "line-width": size(9) } },
    { id: "posts", type: "circle", source: "posts", minzoom: 11.5, paint: { "circle-radius": size(3), "circle-color": colour("surface"), "circle-stroke-width": 1.6, "circle-stroke-color": colour("text-3") } },
    { id: "post-names", type: "symbol", source: "posts", minzoom: 13, layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size(11), "text-offset": [0, 0.9], "text-anchor": "top", "text-optional": true }, paint: { ...halo, "text-color": colour("text-2") } },
    { id: "route-case", type: "line", source: "routes", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": colour("surface"), "line-width": size(8), "line-opacity": 0.85 } },
    { id: "route-sent", type: "line", source: "routes", filter: ["!", ["get", "planned"]], layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": colour("accent"), "line-width": size(4) } },
    { id: "route-planned", type: "line", source: "routes", filter: ["get", "planned"], layout: { "line-join": "round" }, paint: { "line-color": colour("accent"), "line-width": size(3.5), "line-dasharray": [2, 1.2] } },
    { id: "picked", type: "circle", source: "picked", paint: { "circle-radius": size(21), "circle-color": colour("accent"), "circle-opacity": 0.18, "circle-stroke-color": colour("accent"), "circle-stroke-width": 2.5 } },
    { id: "unit-clusters", type: "circle", source: "unit-crowd", maxzoom: CLUSTER_BELOW, filter: ["has", "point_count"], paint: { ...aside("circle", 1), "circle-radius": ["step", ["get", "point_count"], size(14), 10, size(19), 100, size(25)], "circle-color": colour("raised"), "circle-stroke-color": colour("available-line"), "circle-stroke-width": 2 } },
    { id: "unit-cluster-names", type: "symbol", source: "unit-crowd", maxzoom: CLUSTER_BELOW, filter: ["has", "point_count"], layout: { "text-field": ["concat", ["get", "free"], "/", ["get", "point_count"]], "text-font": FONT, "text-size": size(11), "text-allow-overlap": true }, paint: { ...aside("text", 1), "text-color": colour("text") } },
    { id: "unit-singles", type: "symbol", source: "unit-crowd", maxzoom: CLUSTER_BELOW, filter: ["!", ["has", "point_count"]], layout: { "icon-image": ["concat", "unit-", ["get", "stage"]], "icon-size": rem, "icon-allow-overlap": true } },
    layer,
    { id: "unit-names", type: "symbol", source: "unit-names", minzoom: LABELS_FROM, layout: { "text-field": ["get", "callsign"], "text-font": FONT, "text-size": size(11), "text-offset": [0, 1.5], "text-anchor": "top", "text-optional": true }, paint: halo },
    { id: "incident-clusters", type: "circle", source: "incidents", filter: ["has", "point_count"], paint: { ...aside("circle", -1), "circle-radius": ["step", ["get", "point_count"], size(18), 10, size(22)], "circle-color": colour("raised"), "circle-stroke-width": 3,
      "circle-stroke-color": ["match", ["get", "top"], 1, colour("p1"), 2, colour("p2"), 3, colour("p3"), colour("p4-line")] } },
    { id: "incident-cluster-names", type: "symbol", source: "incidents", filter: ["has", "point_count"], layout: { "text-field": ["concat", ["get", "point_count"], " · P", ["get", "top"]], "text-font": FONT, "text-size": size(10.5), "text-allow-overlap": true }, paint: { ...aside("text", -1), "text-color": colour("text") } },
    { id: "incident-marks", type: "symbol", source: "incidents", filter: ["!", ["has", "point_count"]], layout: { "icon-image": ["concat", "incident-", ["get", "priority"]], "icon-size": rem * 0.92, "icon-allow-overlap": true, "symbol-sort-key": ["get", "sort"],
      "text-field": ["step", ["zoom"], "", 13, ["get", "label"]], "text-font": FONT, "text-size": size(11.5), "text-offset": [0, 1.55], "text-anchor": "top", "text-optional": true }, paint: halo },
    { id: "arrival", type: "symbol", source: "arrival", layout: { "text-field": ["get", "text"], "text-font": FONT, "text-size": size(13), "text-offset": [0, -2.1], "text-anchor": "bottom", "text-allow-overlap": true }, paint: { "text-color": colour("accent"), "text-halo-color": colour("surface"), "text-halo-width": 2.5 } },
  ];
  // Coverage lies under the base map's names, or it would cover what it is read by.
  const firstName = map.getStyle().layers.find((one) => one.type === "symbol")?.id;
  for (const one of layers) map.addLayer(one, one.source === "coverage" ? firstName : undefined);
}

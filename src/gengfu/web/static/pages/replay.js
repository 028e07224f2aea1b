// An incident once more on the map: units where they were reported at each moment.

import * as maplibregl from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { colour, imageData, markPicture } from "../console/marks.js";
import { bootData, clockTime, lang, nameOf } from "../console/words.js";

const { incident, tracks, city } = bootData;
const slider = document.getElementById("at");
const said = document.getElementById("at-said");
const button = document.getElementById("play");
const SPEED = 30;
const none = { type: "FeatureCollection", features: [] };
const start = Date.parse(incident.opened_at);
const end = Math.max(start + 60_000, ...tracks.flatMap((one) => one.fixes.map((fix) => Date.parse(fix[0]))));
let now = end;
let playing = 0;

async function style() {
  const theme = matchMedia("(prefers-color-scheme: light)").matches && document.documentElement.dataset.theme !== "dark" || document.documentElement.dataset.theme === "light" ? "light" : "dark";
  try {
    const module = await import("/static/map/style.js");
    return await module.style({ theme, lang, pmtilesUrl: new URL(city.basemap, window.location.href).href });
  } catch {
    return { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": colour("bg") } }] };
  }
}

/** The last report of a track at or before a time; nothing before its first. */
function at(track, time) {
  let last = null;
  for (const fix of track.fixes) {
    if (Date.parse(fix[0]) > time) break;
    last = fix;
  }
  return last;
}

function draw(map) {
  const features = [];
  for (const track of tracks) {
    const fix = at(track, now);
    if (fix) features.push({ type: "Feature", geometry: { type: "Point", coordinates: [fix[1], fix[2]] }, properties: { stage: fix[3] ?? "en_route", callsign: track.callsign } });
  }
  map.getSource("units").setData({ type: "FeatureCollection", features });
  map.getSource("paths").setData({ type: "FeatureCollection", features: tracks.map((track) => ({ type: "Feature", properties: {},
    geometry: { type: "LineString", coordinates: track.fixes.filter((fix) => Date.parse(fix[0]) <= now).map((fix) => [fix[1], fix[2]]) } })).filter((one) => one.geometry.coordinates.length > 1) });
  said.textContent = clockTime(now);
  slider.value = String(Math.round((1000 * (now - start)) / (end - start)));
  slider.setAttribute("aria-valuetext", clockTime(now));
}

/** The ground that the city's map covers, with its name: all there is to see round a place beyond it. */
function frame(map) {
  const [w, s, e, n] = city.bbox;
  map.addSource("city", { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [[w, s], [e, s], [e, n], [w, n], [w, s]] } } });
  map.addSource("city-name", { type: "geojson", data: { type: "Feature", properties: { name: nameOf(city) }, geometry: { type: "Point", coordinates: [(w + e) / 2, (s + n) / 2] } } });
  map.addLayer({ id: "city", type: "line", source: "city", paint: { "line-color": colour("text-2"), "line-width": 1.5, "line-dasharray": [3, 2] } });
  map.addLayer({ id: "city-name", type: "symbol", source: "city-name", layout: { "text-field": ["get", "name"], "text-font": ["Noto Sans", "sans-serif"], "text-size": 13, "text-allow-overlap": true }, paint: { "text-color": colour("text"), "text-halo-color": colour("surface"), "text-halo-width": 1.5 } });
}

async function begin() {
  if (window.pmtiles) maplibregl.addProtocol("pmtiles", new window.pmtiles.Protocol().tile);
  const map = new maplibregl.Map({ container: "replay", style: await style(), center: [incident.lon, incident.lat], zoom: 14, maxPitch: 0, dragRotate: false, attributionControl: { compact: true } });
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.on("load", async () => {
    for (const [name, token, size, figure] of [[`p${incident.priority}`, `p${incident.priority}`, 68, String(incident.priority)],
      ...["assigned", "en_route", "on_scene", "transporting", "at_destination", "clearing", "available"].map((one) => [one, one.replaceAll("_", "-"), 44, ""])]) {
      map.addImage(name, await imageData(await markPicture(name, token, size, figure)), { pixelRatio: 2 });
    }
    map.addSource("paths", { type: "geojson", data: none });
    map.addSource("units", { type: "geojson", data: none });
    map.addSource("incident", { type: "geojson", data: { type: "Feature", geometry: { type: "Point", coordinates: [incident.lon, incident.lat] }, properties: {} } });
    map.addLayer({ id: "paths", type: "line", source: "paths", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": colour("accent"), "line-width": 3 } });
    map.addLayer({ id: "incident", type: "symbol", source: "incident", layout: { "icon-image": `p${incident.priority}`, "icon-allow-overlap": true } });
    map.addLayer({ id: "units", type: "symbol", source: "units", layout: { "icon-image": ["get", "stage"], "icon-allow-overlap": true, "text-field": ["get", "callsign"], "text-font": ["Noto Sans", "sans-serif"], "text-size": 12, "text-offset": [0, 1.3], "text-anchor": "top", "text-optional": true }, paint: { "text-color": colour("text"), "text-halo-color": colour("surface"), "text-halo-width": 1.5 } });
    const bounds = new maplibregl.LngLatBounds([incident.lon, incident.lat], [incident.lon, incident.lat]);
    for (const track of tracks) for (const fix of track.fixes) bounds.extend([fix[1], fix[2]]);
    const [w, s, e, n] = city.bbox;
    let padding = 50;
    if (!new maplibregl.LngLatBounds([w, s], [e, n]).contains([incident.lon, incident.lat])) {
      bounds.extend([w, s]).extend([e, n]);
      padding = { top: 50, right: 70, bottom: 80, left: 70 };
      frame(map);
    }
    map.fitBounds(bounds, { padding, maxZoom: 15, duration: 0 });
    draw(map);
    slider.addEventListener("input", () => { now = start + (Number(slider.value) / 1000) * (end - start); draw(map); });
    button.addEventListener("click", () => {
      if (playing) { clearInterval(playing); playing = 0; }
      else {
        if (now >= end) now = start;
        playing = setInterval(() => { now = Math.min(end, now + 200 * SPEED); draw(map); if (now >= end) { clearInterval(playing); playing = 0; label(); } }, 200);
      }
      label();
    });
  });
}

function label() {
  button.querySelector("use").setAttribute("href", `/static/icons.svg#${playing ? "pause" : "play"}`);
  button.querySelector("span").textContent = bootData.strings[playing ? "incident.pause" : "incident.play"];
}
begin();

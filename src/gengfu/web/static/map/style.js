// The base map's look: quiet roads, faint water, few labels, in light and dark.
//
// Everything that matters (incidents, units, routes) is drawn above it in colour, so the
// base keeps to greys. No sprite and no glyph files: MapLibre draws letters itself from
// the fonts of the device when a style names no glyphs, and arrows are letters.

const FONT = ["Noto Sans", "Noto Sans SC", "sans-serif"];
const FONT_STRONG = ["Noto Sans Medium", "Noto Sans", "Noto Sans SC", "sans-serif"];
const SOURCE = "basemap";

export const PALETTE = {
  dark: {
    ground: "#1d2025", land: "#161b22", water: "#0d2238", shore: "#274463", border: "#3a4655",
    casing: "#10141a", minorFar: "#262e38", minor: "#2a333f", tertiary: "#303a47", secondary: "#384453", primary: "#414e5f",
    trunk: "#4c5b6f", service: "#242c36", arrow: "#66758a",
    text: "#a2aebd", textMajor: "#b7c2cf", textArea: "#8794a6", textWater: "#5f7d99", textPlace: "#93a0b1", halo: "#141920",
  },
  light: {
    ground: "#dfdfdc", land: "#eef0f2", water: "#b9d5ea", shore: "#8fb3cf", border: "#aab5c1",
    casing: "#b9c3ce", minorFar: "#d3dae2", minor: "#ffffff", tertiary: "#ffffff", secondary: "#fdfdfd", primary: "#fbfcfd",
    trunk: "#e9eef4", service: "#fafbfc", arrow: "#98a4b2",
    text: "#566270", textMajor: "#3f4a57", textArea: "#65717e", textWater: "#6d8ba4", textPlace: "#5b6775", halo: "#f5f7f9",
  },
};

// Widths in pixels at zooms 10, 12, 14, 16 and 18.
const ZOOMS = [10, 12, 14, 16, 18];
const WIDTHS = {
  motorway: [1.6, 2.6, 4.6, 9.5, 22],
  trunk: [1.4, 2.3, 4.2, 9, 21],
  primary: [1.0, 1.9, 3.8, 8.5, 19],
  secondary: [0.6, 1.3, 3.0, 7.5, 17],
  tertiary: [0.4, 0.9, 2.4, 6.5, 16],
  minor: [0, 0.45, 1.3, 5, 14],
  pedestrian: [0, 0.4, 1.1, 4, 11],
  service: [0, 0.3, 0.8, 2.8, 9],
};
const MAJOR = ["motorway", "trunk", "primary", "secondary", "tertiary"];
const isMajor = ["in", ["get", "class"], ["literal", MAJOR]];
const ramp = ["case", ["boolean", ["get", "ramp"], false], 0.62, 1];

/** Line width by class and zoom, plus `extra` pixels (a casing is as much wider). */
function width(extra = 0) {
  const stops = ZOOMS.flatMap((zoom, at) => {
    const byClass = Object.entries(WIDTHS).flatMap(([name, sizes]) => [name, sizes[at]]);
    return [zoom, ["+", extra, ["*", ramp, ["match", ["get", "class"], ...byClass, 1]]]];
  });
  return ["interpolate", ["exponential", 1.5], ["zoom"], ...stops];
}

/** The language's own name where the pack has it. */
function named(lang) {
  const own = lang === "zh" ? "name_zh" : "name";
  return ["case", ["!=", ["coalesce", ["get", own], ""], ""], ["get", own], ["coalesce", ["get", "name"], ["get", "name_zh"], ""]];
}

function roadColour(p) {
  return ["match", ["get", "class"], ["motorway", "trunk"], p.trunk, "primary", p.primary, "secondary", p.secondary,
    "tertiary", p.tertiary, ["service", "pedestrian"], p.service, p.minor];
}

function roads(p) {
  const line = { type: "line", source: SOURCE, "source-layer": "roads" };
  const layout = { "line-cap": "round", "line-join": "round", "line-sort-key": ["-", 0, ["get", "rank"]] };
  const minor = ["!", isMajor];
  return [
    { ...line, id: "road-minor-casing", minzoom: 13.5, filter: minor, layout,
      paint: { "line-color": p.casing, "line-width": width(1.6), "line-opacity": ["interpolate", ["linear"], ["zoom"], 13.5, 0, 14.5, 1] } },
    { ...line, id: "road-minor", filter: minor, layout,
      paint: { "line-color": ["interpolate", ["linear"], ["zoom"], 12.8, p.minorFar, 14, roadColour(p)], "line-width": width() } },
    { ...line, id: "road-major-casing", minzoom: 10.5, filter: isMajor, layout,
      paint: { "line-color": p.casing, "line-width": width(2) } },
    { ...line, id: "road-major", filter: isMajor, layout, paint: { "line-color": roadColour(p), "line-width": width() } },
    { ...line, id: "road-oneway", type: "symbol", minzoom: 15.6, filter: ["boolean", ["get", "oneway"], false],
      layout: { "symbol-placement": "line", "symbol-spacing": 150, "text-field": "→", "text-font": FONT, "text-size": 12,
        "text-keep-upright": false, "text-rotation-alignment": "map", "text-padding": 6, "text-offset": [0, -0.08] },
      paint: { "text-color": p.arrow } },
  ];
}

/** A size of letters or lines times `scale`, also where it grows with the zoom. */
function sized(size, scale) {
  const times = (one) => (typeof one === "number" ? one * scale : ["*", scale, one]);
  if (!Array.isArray(size)) return times(size);
  const [kind, curve, by, ...stops] = size;
  return [kind, curve, by, ...stops.map((one, at) => (at % 2 ? times(one) : one))];
}

/** What grows with the screen: letters, and the lines of streets and borders. */
function forScreen(layer, scale) {
  const grown = { ...layer };
  for (const [part, name] of [["layout", "text-size"], ["paint", "line-width"]]) {
    if (layer[part]?.[name] != null) grown[part] = { ...grown[part], [name]: sized(layer[part][name], scale) };
  }
  return grown;
}

function labels(p, lang) {
  const symbol = { type: "symbol", source: SOURCE };
  const halo = { "text-halo-color": p.halo, "text-halo-width": 1.4, "text-halo-blur": 0.4 };
  const alongLine = { "symbol-placement": "line", "text-field": named(lang), "text-max-angle": 28, "text-padding": 4,
    "symbol-sort-key": ["get", "rank"] };
  return [
    { ...symbol, id: "area-name", "source-layer": "area_labels", minzoom: 10.5, maxzoom: 15,
      layout: { "text-field": named(lang), "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 11, 10.5, 14, 13],
        "text-letter-spacing": lang === "zh" ? 0.1 : 0.06, "text-max-width": 7, "text-padding": 16 },
      paint: { ...halo, "text-color": p.textArea, "text-opacity": ["interpolate", ["linear"], ["zoom"], 14, 1, 15, 0] } },
    { ...symbol, id: "place-name", "source-layer": "places", minzoom: 14,
      layout: { "text-field": named(lang), "text-font": FONT, "text-size": 11, "text-max-width": 8, "text-padding": 8 },
      paint: { ...halo, "text-color": p.textPlace } },
    { ...symbol, id: "road-name-minor", "source-layer": "roads", minzoom: 14.4, filter: ["!", isMajor],
      layout: { ...alongLine, "text-font": FONT, "symbol-spacing": 320, "text-size": ["interpolate", ["linear"], ["zoom"], 14, 9.5, 16, 11, 18, 13] },
      paint: { ...halo, "text-color": p.text } },
    { ...symbol, id: "road-name-major", "source-layer": "roads", minzoom: 12, filter: isMajor,
      layout: { ...alongLine, "text-font": FONT_STRONG, "symbol-spacing": 420, "text-letter-spacing": 0.02,
        "text-size": ["interpolate", ["linear"], ["zoom"], 12, 10, 15, 11.5, 18, 14] },
      paint: { ...halo, "text-color": p.textMajor } },
  ];
}

/** Text that MapLibre will put into the page as HTML. */
function escaped(text) {
  const codes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (sign) => codes[sign]);
}

/** Whose data the map is, as the pack's own file says; empty if it cannot be read. */
async function attribution(pmtilesUrl) {
  if (!globalThis.pmtiles) return "";
  try {
    const told = await new globalThis.pmtiles.PMTiles(pmtilesUrl).getMetadata();
    return escaped(told?.attribution ?? "");
  } catch {
    return "";
  }
}

/** The outline of areas; it gives way to the streets when one comes close. */
function border(p, id, layer, from, strength) {
  return { id, type: "line", source: SOURCE, "source-layer": layer, minzoom: from, layout: { "line-join": "round" },
    paint: { "line-color": p.border, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.7, 15, 1.3], "line-dasharray": [2, 3],
      "line-opacity": ["interpolate", ["linear"], ["zoom"], from, 0, from + 1, strength, 14, strength, 16, strength / 2] } };
}

/** Every layer of the base map in one theme ("dark" or "light") and language; letters and
    lines are `scale` times as large, for a wall that is read from afar. */
export function layers({ theme, lang, scale = 1 }) {
  const p = PALETTE[theme] ?? PALETTE.dark;
  const fill = { type: "fill", source: SOURCE };
  return [
    { id: "ground", type: "background", paint: { "background-color": p.ground } },
    { ...fill, id: "land", "source-layer": "land", paint: { "fill-color": p.land, "fill-antialias": false } },
    { ...fill, id: "water", "source-layer": "water", paint: { "fill-color": p.water } },
    { id: "shore", type: "line", source: SOURCE, "source-layer": "shore", minzoom: 9,
      paint: { "line-color": p.shore, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 15, 1.4] } },
    border(p, "area-border", "areas", 12, 0.4),
    border(p, "district-border", "districts", 9, 0.8),
    ...roads(p),
    ...labels(p, lang),
  ].map((one) => forScreen(one, scale));
}

/** A MapLibre style of the base map at `pmtilesUrl` (absolute, served with ranges). */
export async function style({ theme = "dark", lang = "en", scale = 1, pmtilesUrl }) {
  return {
    version: 8,
    name: `gengfu-${theme}`,
    sources: { [SOURCE]: { type: "vector", url: `pmtiles://${pmtilesUrl}`, attribution: await attribution(pmtilesUrl) } },
    layers: layers({ theme, lang, scale }),
  };
}

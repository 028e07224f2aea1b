// Places as a caller names them: the typed house number stays in the words, and a hit is
// called verified only where it says the spot, not merely the street.

import { lang, nameOf, plain, t, word } from "./words.js";

/** A crossing, a post, a landmark or a pin lies within this; a street as a rule does not. */
const SURE_WITHIN_M = 60;
/** That its name was typed goes without saying. */
const PLAIN_REASON = "name";
const NUMBER = /(?<![\p{L}\d])[#№]?\d[\p{L}\d]*(?:-[\p{L}\d]+)*|(?<=\p{Script=Han})\d+\p{Script=Han}?/gu;
const HAN = /\p{Script=Han}/u;
const wordsOf = (text) => plain(text).split(/[^\p{L}\d]+/u).filter(Boolean);

export const isSure = (precisionM) => precisionM != null && precisionM <= SURE_WITHIN_M;
export const locatedAt = (precisionM) => (isSure(precisionM) ? "verified" : "unverified");

/** The name of a hit with the house number that was typed, on the side where it stood. */
export function namedAs(typed, place) {
  const name = nameOf(place);
  if (place.kind !== "street") return name;
  const known = new Set([...wordsOf(place.name), ...wordsOf(place.name_zh)]);
  const number = [...typed.matchAll(NUMBER)].find((one) => !wordsOf(one[0]).some((part) => known.has(part)));
  if (!number) return name;
  const before = typed.slice(0, number.index).trim();
  if (!before) {
    const block = /^\s*(block(?:\s+of)?)\b/i.exec(typed.slice(number.index + number[0].length));
    return `${number[0]} ${block ? `${block[1]} ` : ""}${name}`;
  }
  // What follows the number, a flat or a tower, is the caller's word too.
  const after = typed.slice(number.index + number[0].length).split(",")[0].split(/\s+/)
    .filter((part) => part && ![...known].some((one) => one.startsWith(plain(part))));
  const joint = HAN.test(name) && HAN.test(typed) ? "" : " ";
  return [`${name}${joint}${number[0]}`, ...after].join(" ");
}

/** How far off a place may be: "somewhere on it, 520 m"; nothing where it is sure. */
export function doubt(kind, precisionM) {
  if (precisionM == null || isSure(precisionM)) return "";
  return t(kind === "street" ? "hint.on_street" : "hint.within", { m: Math.round(precisionM) });
}

/** What tells a suggestion from its namesakes: its area, why it was found, how exact. */
export function distinction(place) {
  const kind = word("place_kind", place.kind);
  const why = place.reason === PLAIN_REASON ? kind : (lang === "zh" ? place.reason_zh : place.reason) || kind;
  // Of "district: quarter" the district is enough to tell namesakes apart.
  const area = place.area ? word("area", place.area).split(/[:：]/)[0] : "";
  return [area, why, isSure(place.precision_m) ? "" : `± ${Math.round(place.precision_m)} m`].filter(Boolean).join(" · ");
}

/** Metres between two points, as the crow flies. */
export function metresBetween(a, b) {
  const perDegree = 111_320;
  return Math.hypot((a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180), a.lat - b.lat) * perDegree;
}

// Photos of an incident: small, with who and when; each opens in full. The server records every look.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { state } from "./store.js";
import { clockTime, t } from "./words.js";

const whoseOf = (photo) => state.units.get(photo.unit)?.callsign ?? photo.unit ?? photo.by;

/** One photo, small, as a link to the whole of it. */
export function photoLink(incident, photo) {
  if (!photo || photo.erased) return html`<span class="quieter">${t("photo.erased")}</span>`;
  const at = `/incidents/${incident}/photos/${photo.id}`;
  return html`<a href=${at} target="_blank" rel="noopener"><img src="${at}/small" width=${photo.width} height=${photo.height} loading="lazy"
    alt=${t("photo.alt", { who: whoseOf(photo), at: clockTime(photo.at) })}></a>`;
}

/** All photos of an incident, each with who took it and when. */
export const photoList = (incident, photos) => (photos?.length
  ? html`<ul class="photos">${repeat(photos, (one) => one.id, (one) => html`<li>${photoLink(incident, one)}<span class="quieter">${whoseOf(one)} · ${clockTime(one.at)}</span></li>`)}</ul>`
  : nothing);

// The crew's camera. A photo is made small on the phone and sent at once; until the server
// has it, it stays on the screen, with why it is not there yet and a way to try again.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { Refusal, upload } from "../console/api.js";
import { icon } from "../console/parts.js";
import { changed } from "../console/store.js";
import { say, toast } from "../console/toast.js";
import { bootData, t } from "../console/words.js";

const EDGE = 2048;
const QUALITY = 0.85;
const KINDS = "image/jpeg,image/png,image/webp";
/** What no second try mends. */
const HOPELESS = new Set(["not-a-photo", "other-media", "too-large", "rule-broken", "not-found", "forbidden"]);
const shots = [];
let count = 0;

/** The picture as a JPEG of at most EDGE pixels: a tenth of what a camera makes. */
async function shrunk(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) ?? file;
  } catch {
    return file; // this phone cannot read it; the server says what it thinks of it
  }
}

async function take(event, incident, sent) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const shot = { id: ++count, incident, sent, blob: null, preview: null, part: 0, refused: null };
  shots.push(shot);
  changed("photos");
  shot.blob = await shrunk(file);
  if (shot.blob !== file) shot.preview = URL.createObjectURL(shot.blob);
  send(shot);
}

async function send(shot) {
  Object.assign(shot, { part: 0, refused: null });
  changed("photos");
  try {
    if (shot.blob.size > bootData.photo_bytes) throw new Refusal({ type: "/errors/too-large" }, 413);
    await upload(`/api/v1/incidents/${shot.incident}/photos`, shot.blob, (part) => { shot.part = part; changed("photos"); });
    forget(shot);
    toast(t("photo.sent"));
    shot.sent();
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    shot.refused = refusal.code;
    say(t(`error.${refusal.code}`));
    changed("photos");
  }
}

function forget(shot) {
  if (shot.preview) URL.revokeObjectURL(shot.preview);
  shots.splice(shots.indexOf(shot), 1);
  changed("photos");
}

window.addEventListener("online", () => { for (const one of shots) if (one.refused === "no_network") send(one); });
window.addEventListener("beforeunload", (event) => { if (shots.length) event.preventDefault(); });

/** The button that opens the camera; `sent` is called when the server has the photo. */
export const cameraButton = (incident, sent) => html`<label class="button big camera">${icon("camera")}${t("photo.add")}
  <input class="only-heard" type="file" accept=${KINDS} capture="environment" @change=${(event) => take(event, incident, sent)}></label>`;

/** What is on its way, and what did not get there. */
export const shotsView = () => (shots.length ? html`<ul class="shots">${repeat(shots, (one) => one.id, (one) => html`<li class=${one.refused ? "bad" : ""}>
  ${one.preview ? html`<img src=${one.preview} alt=${t("photo.preview")}>` : html`<span class="blank">${icon("camera")}</span>`}
  ${one.refused ? html`<div class="stack"><span role="alert">${t(`error.${one.refused}`)}</span><div class="row wrap">
      ${HOPELESS.has(one.refused) ? nothing : html`<button type="button" class="button big" @click=${() => send(one)}>${t("action.again")}</button>`}
      <button type="button" class="button big" @click=${() => forget(one)}>${t("action.discard")}</button></div></div>`
    : html`<label class="stack">${t("photo.sending")}<progress max="1" .value=${one.part}></progress></label>`}</li>`)}</ul>` : nothing);

// What script adds to the page of publications: the document that `gengfu index build`
// made goes to the server as it is, byte for byte.

import { nameChosen } from "./chosen.js";

const FORMAT = "gengfu-publication";
const form = document.getElementById("lay");
const file = document.getElementById("document");
const said = document.getElementById("lay-said");
const words = JSON.parse(document.getElementById("boot").textContent);
const HEADERS = {
  "Content-Type": "application/json",
  "X-Purpose": "public-statistics",
  "X-Requested-With": "gengfu",
};

/** Whether a file is what `gengfu index build` writes; what is wrong in one the server says. */
function isPublication(bytes) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).format === FORMAT;
  } catch {
    return false;
  }
}

function tell(problem) {
  said.textContent = problem;
  said.hidden = !problem;
}

form.hidden = false;
nameChosen(file);
file.addEventListener("change", () => tell(""));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  if (!file.files[0] || button.disabled) return;
  tell("");
  button.disabled = true;
  button.classList.add("pending");
  try {
    const bytes = await file.files[0].arrayBuffer();
    if (!isPublication(bytes)) { tell(words.wrong); return; }
    const answer = await fetch("/api/v1/publications", { method: "POST", headers: HEADERS, body: bytes });
    const body = await answer.json();
    if (answer.ok) window.location.assign(`/publications?laid=${encodeURIComponent(body.id)}`);
    else tell(body.detail || body.title || words.failed);
  } catch {
    tell(words.offline);
  } finally {
    button.disabled = false;
    button.classList.remove("pending");
  }
});

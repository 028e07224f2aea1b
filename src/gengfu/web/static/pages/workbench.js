// What script adds to the workbench: a file fills the field of the table. Without it,
// the table is pasted.

import { nameChosen } from "./chosen.js";

const table = document.getElementById("table");
const file = document.getElementById("file");

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

if (table && file) {
  document.getElementById("from-file").hidden = false;
  nameChosen(file);
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (chosen) table.value = textOf(await chosen.arrayBuffer());
  });
}

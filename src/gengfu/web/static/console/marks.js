// The sprite's shapes as pictures for the map, in the colours of the theme in force.

const probe = document.createElement("span");
probe.hidden = true;
document.documentElement.append(probe);

/** A token's colour in the theme in force, as the browser computes it. */
export function colour(token) {
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}

/** A computed colour as four numbers from 0 to 1. */
export function channels(token) {
  const [r, g, b, a = 1] = colour(token).match(/[\d.]+/g).map(Number);
  return [r / 255, g / 255, b / 255, a];
}

let symbols = null;
async function loadSymbols() {
  if (symbols) return symbols;
  const text = await (await fetch("/static/icons.svg")).text();
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  symbols = new Map([...parsed.querySelectorAll("symbol")].map((one) => [one.id, one.innerHTML]));
  return symbols;
}

async function picture(body, size) {
  const markup = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 32 32" width="${size}" height="${size}">${body}</svg>`;
  const image = new Image(size, size);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(markup)}`;
  await image.decode();
  return image;
}

/** One shape with a halo of the ground, so that it stands out on any map. */
export async function markPicture(id, token, size, figure = "") {
  const shape = (await loadSymbols()).get(id);
  const halo = `<g fill="none" stroke="${colour("surface")}" stroke-width="6" stroke-linejoin="round" stroke-linecap="round">${shape}</g>`;
  const drawn = `<g fill="${colour(token)}" stroke="${colour(`${token}-line`)}" stroke-width="1.8" stroke-linejoin="round">${shape}</g>`;
  const y = id === "p2" ? 18.6 : 16.1;
  const ink = id === "p4" ? colour("text") : colour("on-p");
  const text = figure ? `<text x="12" y="${y}" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="11.5" fill="${ink}">${figure}</text>` : "";
  return picture(halo + drawn + text, size);
}

export async function imageData(image) {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0, image.width, image.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** Diagonal hatching for closed roads. */
export function hatch(size = 16) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d");
  pen.strokeStyle = colour("bad");
  pen.lineWidth = 3;
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift - 2, size + 2);
    pen.lineTo(shift + size + 2, -2);
    pen.stroke();
  }
  return pen.getImageData(0, 0, size, size);
}

// Words, numbers and times as the person reads them. Strings come with the page in a
// JSON data block; the dictionary of stages, moves and errors may refine them.

const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}");
const strings = { ...(boot.strings ?? {}) };

export const lang = boot.lang ?? "en";
export const bootData = boot;
let zone = boot.timezone || undefined;

/** Put nested dictionary entries under dotted keys, over what the page brought. */
export function learn(dictionary, prefix = "") {
  for (const [key, value] of Object.entries(dictionary ?? {})) {
    const id = prefix ? `${prefix}.${key}` : key;
    if (typeof value === "string") strings[id] = value;
    else if (value && typeof value === "object") learn(value, id);
  }
}

export function setZone(name) {
  zone = name || undefined;
  formats.clear();
}

/** The string of this key, with {name} parts filled in; the key itself when unknown. */
export function t(key, parts) {
  const text = strings[key] ?? key;
  return parts ? text.replace(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole) : text;
}

export const has = (key) => key in strings;

/** A word for a code, falling back to the code written as words. */
export function word(prefix, code) {
  if (code == null || code === "") return "";
  const key = `${prefix}.${code}`;
  return has(key) ? strings[key] : String(code).replaceAll("_", " ").replaceAll("-", " ");
}

/** The word for a move of a kind of case; the kind's own word where it has one. */
export function moveWord(kind, move) {
  const own = `move.${kind}.${move}`;
  return has(own) ? strings[own] : word("move", move);
}

/** Learn names that come with the city, such as kinds of units, under a prefix. */
export function learnNames(prefix, things, id = "code") {
  for (const thing of things ?? []) strings[`${prefix}.${thing[id]}`] = nameOf(thing);
}

/** The name of a thing in the person's language. */
export const nameOf = (thing) =>
  (thing && (lang === "zh" ? thing.name_zh || thing.name : thing.name)) || thing?.code || thing?.id || "";
export const textOf = (thing) => (lang === "zh" ? thing.text_zh || thing.text : thing.text) ?? "";
export const labelOf = (thing) =>
  (lang === "zh" ? thing.label_zh || thing.text_zh : null) || thing.label || thing.text || thing.value;

const formats = new Map();
function format(name, options) {
  if (!formats.has(name)) {
    formats.set(name, new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-GB", { hourCycle: "h23", timeZone: zone, ...options }));
  }
  return formats.get(name);
}
const two = { hour: "2-digit", minute: "2-digit" };
export const clockTime = (at) => (at ? format("s", { ...two, second: "2-digit" }).format(new Date(at)) : "–");
export const shortTime = (at) => (at ? format("m", two).format(new Date(at)) : "–");
export const fullTime = (at) =>
  at ? format("f", { ...two, second: "2-digit", year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(at)) : "–";

/** The day and the time of an instant where the city is, as input fields take them. */
const parts = (at) => Object.fromEntries(format("p", { ...two, second: "2-digit", year: "numeric", month: "2-digit", day: "2-digit" })
  .formatToParts(new Date(at)).map((one) => [one.type, one.value]));
export function localDay(at) {
  const { year, month, day } = parts(at);
  return `${year}-${month}-${day}`;
}
export function localTime(at) {
  const { hour, minute, second } = parts(at);
  return `${hour}:${minute}:${second}`;
}

/** The instant at which the city's clocks show this day and time. */
export function inZone(day, time) {
  const wanted = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}Z`);
  let at = wanted;
  // Twice, for the first guess may lie on the other side of a change of the clocks.
  for (let turn = 0; turn < 2; turn += 1) at += wanted - Date.parse(`${localDay(at)}T${localTime(at)}Z`);
  return new Date(at);
}

/** Seconds as m:ss, or h:mm:ss from an hour on; negative with a minus sign. */
export function running(seconds) {
  const sign = seconds < 0 ? "−" : "";
  const whole = Math.abs(Math.trunc(seconds));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, "0");
  return h ? `${sign}${h}:${String(m).padStart(2, "0")}:${s}` : `${sign}${m}:${s}`;
}

/** An age in the largest unit that says it: 12 s, 4 min, 3 h. */
export function age(seconds) {
  if (seconds == null || Number.isNaN(seconds)) return "–";
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} ${t("unit.second")}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} ${t("unit.minute")}`;
  return `${Math.round(seconds / 3600)} ${t("unit.hour")}`;
}

/** An arrival in minutes as its middle and its interval: 4 min, 1–8. The interval is empty
    where it is one figure, and where none is fitted: then the middle says "about". */
export function arrival(lowS, highS, middleS) {
  const middle = `${Math.max(1, Math.round(middleS / 60))} ${t("unit.minute")}`;
  if (highS == null) return [`≈ ${middle}`, ""];
  const low = Math.max(0, Math.round(lowS / 60));
  const high = Math.max(low, 1, Math.round(highS / 60));
  return [middle, low === high ? "" : `${low}–${high}`];
}

/** An arrival to the second, as a limit it is held against is said, and its interval: 4:10, 1–8 min. */
export function arrivalToTheSecond(lowS, highS, middleS) {
  const [, between] = arrival(lowS, highS, middleS);
  return [`${highS == null ? "≈ " : ""}${running(Math.ceil(middleS))}`, between && `${between} ${t("unit.minute")}`];
}

/** An arrival in one line, its middle first: 4 min · 1–8. */
export const interval = (lowS, highS, middleS) => arrival(lowS, highS, middleS).filter(Boolean).join(" · ");

export const distance = (metres) =>
  metres < 950 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(metres < 9500 ? 1 : 0)} km`;

export const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)} %`;

/** What a task asks for, in the person's language. */
export const taskWords = (task) => (lang === "zh" && task.words_zh) || task.words || word("task", task.name);

/** Why a task stands as it does, in the person's language where the platform said it. */
export const causeOf = (task) => (lang === "zh" && task.cause_zh) || task.cause;

/** Why a unit stands as it does, likewise. */
export const reasonOf = (unit) => (lang === "zh" && unit.reason_zh) || unit.reason;

/** Lower case, without accents: what two spellings are compared by. */
export const plain = (text) => String(text ?? "").normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

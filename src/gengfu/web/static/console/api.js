// The one way to the server. A refusal arrives as a Refusal carrying the problem details.

export class Refusal extends Error {
  constructor(problem, status) {
    super(problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = String(problem.type ?? "").split("/").pop() || `http_${status}`;
    this.detail = problem.detail ?? "";
    this.place = problem.place ?? null;
  }
}

async function answer(response) {
  if (response.status === 204) return null;
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(body, response.status);
  return body;
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (cause) {
    if (cause?.name === "AbortError") throw cause;
    throw new Refusal({ type: "/errors/no_network" }, 0);
  }
  if (response.status === 401) {
    window.location.assign(`/sign-in?next=${encodeURIComponent(window.location.pathname)}`);
  }
  return answer(response);
}

/** Since when the server takes no writing; 0 while it does. */
export const writing = { refusedAt: 0 };
const UNAVAILABLE = 503;

const purpose = { "X-Purpose": "emergency-response", "X-Requested-With": "gengfu" };

export const get = (path, signal) => send(path, { headers: { Accept: "application/json", ...purpose }, signal });

export async function post(path, body = {}, signal) {
  try {
    const done = await send(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...purpose },
      body: JSON.stringify(body),
      signal,
    });
    writing.refusedAt = 0;
    return done;
  } catch (refusal) {
    if (refusal.status === UNAVAILABLE) writing.refusedAt ||= Date.now();
    throw refusal;
  }
}

const SLOWEST_UPLOAD_MS = 180_000;

/** Send a file as the body; `told` hears how much of it has gone, from 0 to 1. */
export function upload(path, file, told) {
  return new Promise((done, refuse) => {
    const request = new XMLHttpRequest(); // fetch cannot say how far it is
    request.open("POST", path);
    request.timeout = SLOWEST_UPLOAD_MS;
    for (const [name, value] of Object.entries({ "Content-Type": file.type, Accept: "application/json", ...purpose })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => { if (event.lengthComputable) told(event.loaded / event.total); };
    request.onload = () => answer(new Response(request.status === 204 ? null : request.response, { status: request.status })).then(done, refuse);
    request.onerror = request.ontimeout = () => refuse(new Refusal({ type: "/errors/no_network" }, 0));
    request.send(file);
  });
}

export const query = (path, values) => `${path}?${new URLSearchParams(values)}`;

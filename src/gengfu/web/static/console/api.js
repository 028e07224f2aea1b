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

const purpose = { "X-Purpose": "emergency-response", "X-Requested-With": "gengfu" };

export const get = (path, signal) => send(path, { headers: { Accept: "application/json", ...purpose }, signal });

export const post = (path, body = {}, signal) =>
  send(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...purpose },
    body: JSON.stringify(body),
    signal,
  });

export const query = (path, values) => `${path}?${new URLSearchParams(values)}`;

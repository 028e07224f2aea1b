// Keeps the shell of the field page, so that it opens in a tunnel. Data is never kept.

const SHELL = "gengfu-field-6";
const FILES = [
  "/field", "/static/css/tokens.css", "/static/css/base.css", "/static/css/components.css", "/static/css/pages.css", "/static/icons.svg", "/static/favicon.svg",
  "/static/field/field.js", "/static/field/camera.js", "/static/field/chat.js", "/static/field/way.js", "/static/pages/needed.js", "/static/vendor/lit-html/lit-html.js",
  ...["api", "answers", "ask", "actions", "feed", "late", "parts", "photos", "places", "store", "toast", "words"].map((name) => `/static/console/${name}.js`),
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

// The network first, so that a new version is seen at once; the kept shell when it fails.
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const shell = event.request.method === "GET" && url.origin === self.location.origin && (url.pathname.startsWith("/static/") || url.pathname === "/field");
  if (!shell) return;
  event.respondWith(
    fetch(event.request)
      .then((response) => {
        if (response.ok) {
          const kept = response.clone();
          event.waitUntil(caches.open(SHELL).then((cache) => cache.put(event.request, kept)));
        }
        return response;
      })
      .catch(() => caches.match(event.request, { ignoreSearch: url.pathname === "/field" })),
  );
});

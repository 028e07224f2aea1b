// What script adds to the report page: place suggestions and the device's position.
// Without it the form works just the same.

const words = JSON.parse(document.getElementById("boot").textContent);
const place = document.getElementById("place");
const list = document.getElementById("places");
const locate = document.getElementById("use-position");
const said = document.getElementById("position-said");
const WAIT_MS = 200;
let timer = 0;

place?.addEventListener("input", () => {
  clearTimeout(timer);
  if (place.value.trim().length < 2) return;
  timer = setTimeout(async () => {
    const response = await fetch(`/api/v1/places?${new URLSearchParams({ q: place.value })}`,
      { headers: { "X-Purpose": "emergency-response" } }).catch(() => null);
    if (!response?.ok) return;
    const found = await response.json();
    list.replaceChildren(...found.slice(0, 8).map((one) => {
      const option = document.createElement("option");
      option.value = words.lang === "zh" ? one.name_zh || one.name : one.name;
      return option;
    }));
  }, WAIT_MS);
});

if (locate && "geolocation" in navigator) {
  locate.hidden = false;
  locate.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        document.getElementById("lon").value = coords.longitude.toFixed(6);
        document.getElementById("lat").value = coords.latitude.toFixed(6);
        document.getElementById("accuracy").value = Math.round(coords.accuracy);
        said.textContent = words.taken.replace("{m}", Math.round(coords.accuracy));
      },
      () => { said.textContent = words.failed; },
      { enableHighAccuracy: true, timeout: 10_000 },
    );
  });
}

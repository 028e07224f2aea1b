// The place of an incident, pointed at on the map.

import { ask } from "./ask.js";
import { loadDetail, move, state } from "./store.js";
import { toast } from "./toast.js";
import { moveWord, t } from "./words.js";

/** Ask for the words of a place that was clicked, and move the incident there. */
export async function pinPlace(id, at) {
  const incident = state.incidents.get(id);
  if (!incident) return;
  const before = incident.lon == null ? null : { place: incident.place, lon: incident.lon, lat: incident.lat, source: incident.location_source ?? "caller", located: incident.located };
  await ask({
    title: `${moveWord("incident", "relocate")} · ${incident.code}`,
    intro: t("relocate.pinned", { at: `${at.lon.toFixed(5)}, ${at.lat.toFixed(5)}` }),
    confirm: moveWord("incident", "relocate"),
    fields: [{ name: "place", label: t("field.place"), required: true, value: incident.place, hint: t("hint.relocate") }],
    run: async ({ place }) => {
      await move("incident", id, "relocate", { place, ...at, source: "pin", located: "verified" });
      loadDetail(id);
      toast(t("toast.done", { move: moveWord("incident", "relocate"), what: incident.code }),
        { undo: before ? () => move("incident", id, "relocate", before).then(() => loadDetail(id)) : null });
    },
  });
}

// Putting a clock right. What it said before stays on the record.

import { ask } from "./ask.js";
import { loadDetail, move, now } from "./store.js";
import { toast } from "./toast.js";
import { clockTime, inZone, localDay, localTime, t } from "./words.js";

const NAMES = ["received", "answered", "located", "created", "dispatched", "signed", "en_route", "on_scene", "controlled", "closed"];

export async function correctClock(incident) {
  await ask({
    title: t("correct.title", { code: incident.code }),
    intro: t("correct.intro"),
    confirm: t("correct.confirm"),
    fields: [
      { name: "clock", kind: "select", label: t("correct.which"), options: NAMES.map((one) => ({ value: one, label: `${t(`clock.${one}`)} · ${clockTime(incident.clocks?.[one])}` })) },
      { name: "day", kind: "date", label: t("correct.day"), required: true, value: localDay(incident.opened_at) },
      { name: "time", kind: "time", step: "1", label: t("correct.time"), required: true, value: localTime(now()) },
      { name: "reason", label: t("field.reason"), required: true, presets: ["forgot", "radio", "wrong_button"].map((one) => t(`correct.${one}`)) },
    ],
    run: async ({ clock, day, time, reason }) => {
      await move("incident", incident.id, "correct_clock", { clock, at: inZone(day, time).toISOString(), reason });
      loadDetail(incident.id);
      toast(t("correct.done", { clock: t(`clock.${clock}`) }));
    },
  });
}

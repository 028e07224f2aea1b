// A clock of a task ran out: whoever the ladder names is told at once, in words.

import { state } from "./store.js";
import { toast } from "./toast.js";
import { nameOf, t, taskWords, word } from "./words.js";

export const toldWords = (task) => t("tasks.told", { roles: (task.told ?? []).map((role) => word("role", role)).join(", ") });

/** Tell whoever sits here, if the ladder has reached one of their roles. */
export function hearLate({ kind, move, patch }) {
  if (kind !== "task" || move !== "escalate" || !patch?.told?.some((role) => state.me?.roles?.includes(role))) return;
  const agency = nameOf(state.agencies.get(patch.agency)) || patch.agency || word("role", patch.role);
  toast(t("toast.task_late", { agency, task: taskWords(patch), code: state.incidents.get(patch.case)?.code ?? "" }), { tone: "bad" });
}

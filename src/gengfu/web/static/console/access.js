// What the roles of who is signed in allow. The server decides; this keeps the screen from
// offering what it would refuse.

import { state } from "./store.js";
import { t, word } from "./words.js";

const DESK = ["call-taker", "dispatcher", "commander"];
const SENDERS = ["dispatcher", "commander"];
const COMMANDERS = ["commander"];

/** Who may do what; what is not listed is open to everybody at the desk. */
const allowed = {
  send: SENDERS, recommend: SENDERS, dispatch: SENDERS, release: SENDERS, control: SENDERS, close: SENDERS, reopen: SENDERS, correct_deaths: SENDERS,
  status: SENDERS, order: SENDERS, task: SENDERS, "ask-agency": SENDERS, "send-unit": SENDERS, closure: SENDERS, "close-road": SENDERS,
  coverage: SENDERS, supervision: [...SENDERS, "auditor"], "correct-clock": COMMANDERS,
};

export const may = (what) => (allowed[what] ?? DESK).some((role) => state.me?.roles?.includes(role));

/** Why it is not offered: the roles that may. */
export const notAllowed = (what) => t("access.roles", { roles: (allowed[what] ?? DESK).map((role) => word("role", role)).join(", ") });

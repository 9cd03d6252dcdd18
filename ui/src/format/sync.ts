import type { SyncCentre, SyncState, SyncStatus } from "@/backend/contract";
import type { Tone } from "./words";

/** States in which a person has to do something. Offline is normal. */
const NEEDS_A_PERSON: readonly SyncState[] = [
  "certificate_unknown",
  "refused",
  "district_changed",
  "local_fault",
];
/** It does not go on by itself, or not now; nothing is wrong. */
const HELD: readonly SyncState[] = ["portal", "server_fault", "waiting_for_keys", "paused"];
const AT_REST: readonly SyncState[] = ["not_enrolled", "offline", "other_network"];
/** The district is asked again by itself: what was equal at the last round is taken to be equal now. */
const EXCHANGING: readonly SyncState[] = ["idle", "running", "waiting_for_keys"];

/** How the pill and the sync centre colour a state; the word says it. Refusals are said beside it: `refusedWords`. */
export function syncTone(status: Pick<SyncStatus, "state" | "pending"> & { refused?: number }): Tone {
  if (NEEDS_A_PERSON.includes(status.state)) return "fault";
  if (HELD.includes(status.state)) return "wait";
  if (status.state === "running") return "brand";
  if ((status.refused ?? 0) > 0) return "fault";
  if (AT_REST.includes(status.state)) return "quiet";
  return status.pending > 0 ? "wait" : "good";
}

/** `2 条被退回`, unless the state's own words say it already. */
export function refusedWords(status: Pick<SyncStatus, "words" | "refused">): string | undefined {
  if (status.refused === 0 || status.words.includes("退回")) return undefined;
  return `${status.refused} 条被退回`;
}

/** How the sentence about equality is coloured: green only while the exchange goes on, else it is one of the past. */
export function equalityTone(centre: {
  equality: Pick<SyncCentre["equality"], "equal">;
  status: Pick<SyncStatus, "state" | "pending"> & { refused?: number };
}): Tone {
  if (centre.equality.equal && EXCHANGING.includes(centre.status.state)) return "good";
  const now = syncTone(centre.status);
  return now === "good" ? "wait" : now;
}

// What of an activity goes to the entry page of points; nothing is granted by it.

import type { EventDetail } from "@/backend/contract";
import { choose, emptyRow, withEmptyEnd, type EntryRow } from "@/points/grid";

/** Residents of the list who have no points for it yet, as rows of the entry page. */
export function rowsToRecord(detail: Pick<EventDetail, "attendees" | "awarded">): EntryRow[] {
  const awarded = new Set(detail.awarded);
  const rows = detail.attendees.flatMap(({ resident }) =>
    resident && !awarded.has(resident.id)
      ? [choose(emptyRow(), { line: resident, blocked: resident.consent ? null : "还没有登记同意" })]
      : [],
  );
  return withEmptyEnd(rows, 1);
}

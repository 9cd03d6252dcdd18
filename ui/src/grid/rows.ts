// Rows of an entry grid, whatever they hold; pure.

import type { FaultRow } from "@/backend/contract";

/** What every row of an entry grid has. */
export interface GridRow {
  /** Stays with the row while it moves. */
  key: number;
  /** Why the program refused this row when it was submitted; gone as soon as the row is changed. */
  refused: string | null;
}

let lastKey = 0;

/** A key no other row has. */
export function nextRowKey(): number {
  lastKey += 1;
  return lastKey;
}

/** Exactly one empty row at the end, to type into. */
export function withEmptyEnd<Row>(rows: Row[], isEmpty: (row: Row) => boolean, empty: () => Row): Row[] {
  let filled = rows.length;
  while (filled > 0 && isEmpty(rows[filled - 1] as Row)) filled -= 1;
  const end = rows[filled] ?? empty();
  return [...rows.slice(0, filled), end];
}

/** The reasons of a refusal, each in the row of the grid it speaks of, counted as the grid counts. */
export function placeRefusal<Row extends GridRow>(
  rows: readonly Row[],
  sent: readonly Row[],
  reasons: readonly FaultRow[],
): { rows: Row[]; reasons: FaultRow[] } {
  const places = new Map(rows.map((row, index) => [row.key, index]));
  const words = new Map<number, string>();
  const placed = reasons.map((reason) => {
    const key = reason.row == null ? undefined : sent[reason.row - 1]?.key;
    const place = key === undefined ? undefined : places.get(key);
    if (place === undefined) return reason;
    const before = words.get(place);
    words.set(place, before === undefined ? reason.message : `${before}；${reason.message}`);
    return { ...reason, row: place + 1 };
  });
  return {
    rows: rows.map((row, index) => (words.has(index) ? { ...row, refused: words.get(index) ?? null } : row)),
    reasons: placed,
  };
}

/** What was sent and taken leaves the grid; what was left out stays, with the reason as its refusal. */
export function keepLeftOut<Row extends GridRow>(
  rows: readonly Row[],
  sent: readonly Row[],
  leftOut: readonly { row: number; reason: string }[],
): Row[] {
  const reasons = new Map(leftOut.map((left) => [sent[left.row - 1]?.key, left.reason]));
  const sentKeys = new Set(sent.map((row) => row.key));
  return rows
    .filter((row) => !sentKeys.has(row.key) || reasons.has(row.key))
    .map((row) => (reasons.has(row.key) ? { ...row, refused: reasons.get(row.key) ?? null } : row));
}

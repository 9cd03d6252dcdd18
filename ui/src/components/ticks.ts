/** Keys of rows that one has taken out of the next decision; all others are in. */
export type Untaken = ReadonlySet<string>;

/** How a list of rows is ticked. */
export interface Tickable<Row> {
  key: (row: Row) => string;
  /** True for a row that this person may decide about. */
  decidable: (row: Row) => boolean;
}

/** Keys that the next decision is about, in the order shown. */
export function taken<Row>(rows: readonly Row[], of: Tickable<Row>, untaken: Untaken): string[] {
  return rows
    .filter(of.decidable)
    .map(of.key)
    .filter((key) => !untaken.has(key));
}

/** The tick of one row changed. */
export function toggled(untaken: Untaken, key: string): Set<string> {
  const next = new Set(untaken);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** The tick in the head: all in, or all out. */
export function toggledAll<Row>(rows: readonly Row[], of: Tickable<Row>, untaken: Untaken): Set<string> {
  const next = new Set(untaken);
  const allIn = taken(rows, of, untaken).length === rows.filter(of.decidable).length;
  for (const row of rows) {
    if (allIn) next.add(of.key(row));
    else next.delete(of.key(row));
  }
  return next;
}

import type { ReviewGroup, ReviewRow } from "@/backend/contract";

/** Rows that one has taken out of the next decision; all others are in. */
export type Untaken = ReadonlySet<string>;

/** True for a row that this person may decide about. */
export function decidable(row: ReviewRow): boolean {
  return !row.recusal;
}

/** Award ids that the next decision is about, in the order shown. */
export function taken(group: ReviewGroup, untaken: Untaken): string[] {
  return group.rows
    .filter((row) => decidable(row) && !untaken.has(row.entry.award))
    .map((row) => row.entry.award);
}

/** The tick of one row changed. */
export function toggled(untaken: Untaken, award: string): Set<string> {
  const next = new Set(untaken);
  if (!next.delete(award)) next.add(award);
  return next;
}

/** The tick in the head: all in, or all out. */
export function toggledAll(group: ReviewGroup, untaken: Untaken): Set<string> {
  const next = new Set(untaken);
  const allIn = taken(group, untaken).length === group.rows.filter(decidable).length;
  for (const { entry } of group.rows) {
    if (allIn) next.add(entry.award);
    else next.delete(entry.award);
  }
  return next;
}

/** What stands beside the number of rows, so that nobody approves past it. */
export function remarks(group: ReviewGroup): string {
  const recused = group.rows.filter((row) => row.recusal).length;
  const doubles = group.rows.filter((row) => row.suspected_duplicate).length;
  return [recused > 0 ? `${recused} 人须回避` : "", doubles > 0 ? `${doubles} 人疑似重复` : ""]
    .filter((each) => each !== "")
    .join("，");
}

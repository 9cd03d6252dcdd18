import type { ResidentChoice, RuleLine } from "@/backend/contract";
import * as gridRows from "@/grid/rows";
import {
  chosenPerson,
  NOBODY,
  personGap,
  settledPerson,
  typedPerson,
  type PersonCell,
} from "@/residents/personCell";
import type { PastedPerson } from "./paste";

/** A row of the entry grid. */
export interface EntryRow extends gridRows.GridRow, PersonCell {
  units: number;
  /** Points left under the rule's cap; null without a cap. */
  headroomPoints: number | null;
}

export type RowState = "empty" | "looking" | "unknown" | "choose" | "twice" | "blocked" | "refused" | "ready";

/** What a row is and, where it is not ready, the words for it. */
export interface RowVerdict {
  state: RowState;
  words: string;
}

/** The part of a rule that decides about rows. */
export type GridRule = Pick<RuleLine, "points" | "subject">;

/** One activity takes at most this many people (the limit of `RecordPoints.rows`). */
export const ROWS_MAX = 1000;

/** A fresh empty row. */
export function emptyRow(units = 1): EntryRow {
  return { ...NOBODY, key: gridRows.nextRowKey(), refused: null, units, headroomPoints: null };
}

/** True where nothing was typed and nobody is meant. */
export function isEmpty(row: EntryRow): boolean {
  return row.person === null && row.text.trim() === "";
}

/** Exactly one empty row at the end, to type into. */
export function withEmptyEnd(rows: EntryRow[], units: number): EntryRow[] {
  return gridRows.withEmptyEnd(rows, isEmpty, () => emptyRow(units));
}

/** Pasted people go in at the row; what stood there moves down and nothing is overwritten. */
export function insertPeople(
  rows: EntryRow[],
  at: number,
  people: PastedPerson[],
  units: number,
): EntryRow[] {
  const room = ROWS_MAX - rows.filter((row) => !isEmpty(row)).length;
  const added = people.slice(0, Math.max(0, room)).map((person) => ({
    ...emptyRow(person.units ?? units),
    ...typedPerson(person.text),
  }));
  const kept = rows.slice(at).filter((row) => !isEmpty(row));
  return withEmptyEnd([...rows.slice(0, at), ...added, ...kept], units);
}

/** The row after this was typed in place of the name. */
export function named(row: EntryRow, text: string): EntryRow {
  return { ...row, ...typedPerson(text), refused: null, headroomPoints: null };
}

/** The row with these units. */
export function withUnits(row: EntryRow, units: number): EntryRow {
  return { ...row, units, refused: null };
}

/** Points of one row. */
export function rowPoints(row: EntryRow, rule: GridRule | null): number {
  return rule === null ? 0 : row.units * rule.points;
}

/** A verdict for each row, in order. Somebody named twice counts where first named. */
export function verdicts(rows: EntryRow[], rule: GridRule | null): RowVerdict[] {
  const first = new Map<string, number>();
  return rows.map((row, index) => {
    const { person } = row;
    if (person === null) return personGap(row);
    const subject = rule?.subject === "家庭" ? `${person.village}/${person.household_number}` : person.id;
    const before = first.get(subject);
    if (before !== undefined) {
      const same = rows[before]?.person?.id === person.id;
      return {
        state: "twice",
        words: same ? `与第 ${before + 1} 行是同一人` : `同一户已在第 ${before + 1} 行`,
      };
    }
    if (row.refused !== null) return { state: "refused", words: row.refused };
    if (row.blocked !== null) return { state: "blocked", words: row.blocked };
    if (row.headroomPoints !== null && rowPoints(row, rule) > row.headroomPoints) {
      return { state: "blocked", words: `超出上限，还可记 ${row.headroomPoints} 分` };
    }
    first.set(subject, index);
    if (row.looking) return { state: "looking", words: "正在核对" };
    return { state: "ready", words: "可以记" };
  });
}

/** The sentence under the grid. */
export interface GridSum {
  ready: number;
  points: number;
  /** Filled rows that would not be recorded as they stand. */
  open: number;
  looking: number;
}

/** Adds up what would be recorded. */
export function sum(rows: EntryRow[], rule: GridRule | null): GridSum {
  const result: GridSum = { ready: 0, points: 0, open: 0, looking: 0 };
  verdicts(rows, rule).forEach((verdict, index) => {
    if (verdict.state === "ready") {
      result.ready += 1;
      result.points += rowPoints(rows[index] as EntryRow, rule);
    } else if (verdict.state === "looking") result.looking += 1;
    else if (verdict.state !== "empty") result.open += 1;
  });
  return result;
}

/** Puts the answer to one line into its row, unless the row has changed meanwhile. */
export function settle(
  row: EntryRow,
  text: string,
  candidates: ResidentChoice[],
  problem: string | null,
): EntryRow {
  const cell = settledPerson(row, text, candidates, problem);
  if (cell === row) return row;
  const only = candidates.length === 1 ? candidates[0] : undefined;
  return only === undefined ? { ...row, ...cell } : choose(row, only);
}

/** The row means this person from now on. */
export function choose(row: EntryRow, choice: ResidentChoice): EntryRow {
  return { ...row, ...chosenPerson(choice), refused: null, headroomPoints: choice.headroom_points ?? null };
}

import type { FaultRow, ResidentChoice, ResidentLine, RuleLine } from "@/backend/contract";
import type { PastedPerson } from "./paste";

/** A row of the entry grid. */
export interface EntryRow {
  /** Stays with the row while it moves. */
  key: number;
  /** As typed or pasted. */
  text: string;
  units: number;
  /** Who is meant, once that is clear. */
  person: ResidentLine | null;
  /** Why no points can be recorded for this person now. */
  blocked: string | null;
  /** Why the program refused this row when it was submitted; gone as soon as the row is changed. */
  refused: string | null;
  /** Points left under the rule's cap; null without a cap. */
  headroomPoints: number | null;
  /** Who could be meant, where several could. */
  candidates: ResidentChoice[];
  /** Why nobody was found. */
  problem: string | null;
  /** True while the answer is on its way. */
  looking: boolean;
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

let nextKey = 1;

/** A fresh empty row. */
export function emptyRow(units = 1): EntryRow {
  nextKey += 1;
  return {
    key: nextKey,
    text: "",
    units,
    person: null,
    blocked: null,
    refused: null,
    headroomPoints: null,
    candidates: [],
    problem: null,
    looking: false,
  };
}

/** True where nothing was typed and nobody is meant. */
export function isEmpty(row: EntryRow): boolean {
  return row.person === null && row.text.trim() === "";
}

/** Exactly one empty row at the end, to type into. */
export function withEmptyEnd(rows: EntryRow[], units: number): EntryRow[] {
  let filled = rows.length;
  while (filled > 0 && isEmpty(rows[filled - 1] as EntryRow)) filled -= 1;
  const end = rows[filled] ?? emptyRow(units);
  return [...rows.slice(0, filled), end];
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
    text: person.text,
    looking: true,
  }));
  const kept = rows.slice(at).filter((row) => !isEmpty(row));
  return withEmptyEnd([...rows.slice(0, at), ...added, ...kept], units);
}

/** Takes the rows from..to (both included) out. */
export function removeRows(rows: EntryRow[], from: number, to: number, units: number): EntryRow[] {
  return withEmptyEnd([...rows.slice(0, from), ...rows.slice(to + 1)], units);
}

/** Units of the first row go into the others of the range. */
export function fillUnitsDown(rows: EntryRow[], from: number, to: number): EntryRow[] {
  const source = rows[from];
  if (source === undefined) return rows;
  return rows.map((row, index) =>
    index > from && index <= to && !isEmpty(row) ? { ...row, units: source.units, refused: null } : row,
  );
}

/** The reasons of a refusal, each in the row of the grid it speaks of, counted as the grid counts. */
export function placeRefusal(
  rows: readonly EntryRow[],
  sent: readonly EntryRow[],
  reasons: readonly FaultRow[],
): { rows: EntryRow[]; reasons: FaultRow[] } {
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

/** Points of one row. */
export function rowPoints(row: EntryRow, rule: GridRule | null): number {
  return rule === null ? 0 : row.units * rule.points;
}

/** A verdict for each row, in order. Somebody named twice counts where first named. */
export function verdicts(rows: EntryRow[], rule: GridRule | null): RowVerdict[] {
  const first = new Map<string, number>();
  return rows.map((row, index) => {
    const { person } = row;
    if (person === null) return undecided(row);
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

function undecided(row: EntryRow): RowVerdict {
  if (isEmpty(row)) return { state: "empty", words: "" };
  if (row.looking) return { state: "looking", words: "正在查找" };
  if (row.candidates.length > 0)
    return { state: "choose", words: `有 ${row.candidates.length} 位，请选一位` };
  return { state: "unknown", words: row.problem ?? "没有找到这个人" };
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
  if (row.text !== text || row.person !== null) return row;
  const only = candidates.length === 1 ? candidates[0] : undefined;
  if (only !== undefined) return choose(row, only);
  return { ...row, candidates, problem, looking: false };
}

/** The row means this person from now on. */
export function choose(row: EntryRow, choice: ResidentChoice): EntryRow {
  return {
    ...row,
    text: choice.line.name,
    person: choice.line,
    blocked: choice.blocked ?? null,
    refused: null,
    headroomPoints: choice.headroom_points ?? null,
    candidates: [],
    problem: null,
    looking: false,
  };
}

/** The line by which a person known already is looked up again for consent and caps. */
export function lineOf(person: ResidentLine): string {
  return [person.name, person.household_number, person.id_masked.slice(-4)]
    .filter((word) => word !== "")
    .join(" ");
}

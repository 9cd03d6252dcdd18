// The rows of a sign-in list being entered; pure.

import { typedPerson, NOBODY, personGap, type PersonCell } from "@/residents/personCell";
import { nextRowKey, type GridRow } from "@/grid/rows";
import type { GridVerdict } from "@/grid/column";

/** A row: a resident, or a guest by name. */
export interface SignRow extends GridRow, PersonCell {
  guest: boolean;
}

/** Limit of `SignAttendance`: people on one list. */
export const PEOPLE_MAX = 2000;
/** Limit of `SignAttendance.guests`. */
export const GUEST_CHARS_MAX = 30;

export function emptySign(): SignRow {
  return { ...NOBODY, key: nextRowKey(), refused: null, guest: false };
}

export function isEmptySign(row: SignRow): boolean {
  return row.person === null && row.text.trim() === "";
}

/** The row after this was typed in place of the name. */
export function signNamed(row: SignRow, text: string): SignRow {
  return { ...row, ...typedPerson(text), refused: null, guest: false };
}

/** Lines go in at the row; what stood there moves down and nothing is overwritten. */
export function insertLines(rows: SignRow[], at: number, lines: readonly string[], room: number): SignRow[] {
  const added = lines.slice(0, Math.max(0, room)).map((line) => signNamed(emptySign(), line));
  const kept = rows.slice(at).filter((row) => !isEmptySign(row));
  return [...rows.slice(0, at), ...added, ...kept];
}

/** Whoever is nobody of the roster: a guest, or no longer one. */
export function withGuest(row: SignRow, guest: boolean): SignRow {
  return row.person === null ? { ...row, guest } : row;
}

/** True where the roster knows nobody of this name. */
export function isUnknown(row: SignRow): boolean {
  return !row.guest && !row.looking && row.person === null && row.text !== "" && row.candidates.length === 0;
}

/** A verdict for each row, in order; `signed` are the residents on the list already. */
export function signVerdicts(rows: readonly SignRow[], signed: ReadonlySet<string>): GridVerdict[] {
  const first = new Map<string, number>();
  return rows.map((row, index): GridVerdict => {
    if (row.guest) return guestVerdict(row);
    const { person } = row;
    if (person === null) {
      const { state, words } = personGap(row);
      if (state === "empty") return { tone: "quiet", words, open: false };
      if (state === "looking") return { tone: "quiet", words, open: false };
      if (state === "choose") return { tone: "wait", words, open: true, wash: "wait" };
      return { tone: "fault", words: unknownWords(words), open: true, wash: "fault" };
    }
    if (signed.has(person.id)) return { tone: "quiet", words: "已在签到表里", open: false };
    const before = first.get(person.id);
    if (before !== undefined)
      return { tone: "quiet", words: `与第 ${before + 1} 行是同一人，只签一次`, open: false };
    first.set(person.id, index);
    return { tone: "good", words: "可以签到", open: false };
  });
}

/** What is wrong with the name, and the other way out. */
function unknownWords(words: string): string {
  return `${words.replace(/。$/, "")}；是来宾请勾“来宾”`;
}

function guestVerdict(row: SignRow): GridVerdict {
  if ([...row.text].length > GUEST_CHARS_MAX)
    return { tone: "fault", words: `来宾姓名最多 ${GUEST_CHARS_MAX} 个字`, open: true, wash: "fault" };
  return { tone: "good", words: "来宾", open: false };
}

/** Who would be signed in as the rows stand. */
export function toSign(
  rows: readonly SignRow[],
  signed: ReadonlySet<string>,
): { residents: string[]; guests: string[] } {
  const residents = new Set<string>();
  const guests: string[] = [];
  for (const row of rows) {
    if (row.guest && row.text !== "" && !guestVerdict(row).open) guests.push(row.text);
    else if (row.person !== null && !signed.has(row.person.id)) residents.add(row.person.id);
  }
  return { residents: [...residents], guests };
}

import type { ResidentChoice, ResidentLine } from "@/backend/contract";

/** A cell or field that names a person. */
export interface PersonCell {
  /** As typed or pasted. */
  text: string;
  /** Who is meant, once that is clear. */
  person: ResidentLine | null;
  /** Why this person cannot be taken now. */
  blocked: string | null;
  /** Who could be meant, where several could. */
  candidates: ResidentChoice[];
  /** Why nobody was found. */
  problem: string | null;
  /** True while the answer is on its way. */
  looking: boolean;
}

export const NOBODY: PersonCell = {
  text: "",
  person: null,
  blocked: null,
  candidates: [],
  problem: null,
  looking: false,
};

/** The cell after this was typed or pasted: not known yet who is meant. */
export function typedPerson(text: string): PersonCell {
  return { ...NOBODY, text, looking: text !== "" };
}

/** The cell means this person from now on. */
export function chosenPerson(choice: ResidentChoice): PersonCell {
  return { ...NOBODY, text: choice.line.name, person: choice.line, blocked: choice.blocked ?? null };
}

/** Puts the answer to a text into its cell, unless the cell has changed meanwhile. */
export function settledPerson(
  cell: PersonCell,
  text: string,
  candidates: ResidentChoice[],
  problem: string | null,
): PersonCell {
  if (cell.text !== text || cell.person !== null) return cell;
  const only = candidates.length === 1 ? candidates[0] : undefined;
  if (only !== undefined) return chosenPerson(only);
  return { ...cell, candidates, problem, looking: false };
}

/** What a cell is while nobody in particular is meant; empty words where nothing was typed. */
export function personGap(cell: PersonCell): {
  state: "empty" | "looking" | "choose" | "unknown";
  words: string;
} {
  if (cell.text.trim() === "") return { state: "empty", words: "" };
  if (cell.looking) return { state: "looking", words: "正在查找" };
  if (cell.candidates.length > 0)
    return { state: "choose", words: `有 ${cell.candidates.length} 位，请选一位` };
  return { state: "unknown", words: cell.problem ?? "没有找到这个人" };
}

/** The line by which a person known already is looked up again. */
export function lineOf(person: ResidentLine): string {
  return [person.name, person.household_number, person.id_masked.slice(-4)]
    .filter((word) => word !== "")
    .join(" ");
}

import type { Ref } from "vue";
import type { ResolvedLine, ResolveResidents } from "@/backend/contract";
import { faultFrom, type FaultError } from "@/backend/port";
import { resolveLines } from "./findPeople";

/** Which rows are asked about, and what becomes of them. */
export interface RowQuestion<Row> {
  asked: readonly Row[];
  line: (row: Row) => string;
  context: Omit<ResolveResidents, "lines">;
  /** The row with its answer. */
  answer: (row: Row, line: ResolvedLine | undefined) => Row;
  /** The row when the program could not be asked. */
  unanswered: (row: Row) => Row;
  /** False once a newer question overtook this one. */
  current?: () => boolean;
}

/** Asks who is meant by rows, and puts each answer into its row as it comes. Gives the fault that ended it, if any. */
export async function resolveRows<Row extends { key: number }>(
  rows: Ref<Row[]>,
  question: RowQuestion<Row>,
): Promise<FaultError | undefined> {
  const { asked, answer, unanswered } = question;
  try {
    await resolveLines(asked.map(question.line), question.context, (from, lines) => {
      if (question.current?.() === false) return false;
      const answers = new Map(lines.map((line, index) => [asked[from + index]?.key, line]));
      rows.value = rows.value.map((row) => (answers.has(row.key) ? answer(row, answers.get(row.key)) : row));
      return true;
    });
    return undefined;
  } catch (thrown) {
    const keys = new Set(asked.map((row) => row.key));
    rows.value = rows.value.map((row) => (keys.has(row.key) ? unanswered(row) : row));
    return faultFrom(thrown);
  }
}

import { ref, type Ref } from "vue";
import type { ResolvedLine, RuleLine } from "@/backend/contract";
import type { FaultError } from "@/backend/port";
import { lineOf } from "@/residents/personCell";
import { resolveRows } from "@/residents/resolveRows";
import { choose, settle, type EntryRow } from "./grid";

/** What the questions depend on. */
export interface LookupContext {
  rule: Ref<RuleLine | undefined>;
  occurredOn: Ref<string>;
  /** People of this village come first where names are equal; empty for none. */
  village: Ref<string>;
}

// who is known already may be submitted all the same: the program checks every row once more
function unanswered(row: EntryRow): EntryRow {
  if (row.person !== null) return { ...row, looking: false };
  return { ...row, looking: false, problem: "没有查到，请在这一格按 Enter 再查" };
}

/** Finds out who is meant by lines of the grid, and whether points can be recorded for them. */
export function useLookups(rows: Ref<EntryRow[]>, { rule, occurredOn, village }: LookupContext) {
  const fault = ref<FaultError>();
  let round = 0;

  async function resolve(
    asked: readonly EntryRow[],
    line: (row: EntryRow) => string,
    answer: (row: EntryRow, line: ResolvedLine | undefined) => EntryRow,
    current?: () => boolean,
  ): Promise<void> {
    const context = {
      village: village.value || null,
      rule_version: rule.value?.version_id ?? null,
      occurred_on: occurredOn.value || null,
    };
    fault.value = await resolveRows(rows, { asked, line, context, answer, unanswered, current });
  }

  /** Answers every row that was typed or pasted and not answered yet. */
  async function lookUp(): Promise<void> {
    const asked = rows.value.filter((row) => row.looking && row.person === null);
    const texts = new Map(asked.map((row) => [row.key, row.text]));
    await resolve(
      asked,
      (row) => row.text,
      (row, line) => settle(row, texts.get(row.key) ?? "", line?.candidates ?? [], line?.problem ?? null),
    );
  }

  /** Asks consent and caps anew: for one row after a choice, for all when the rule or the day changed. */
  async function recheck(keys?: ReadonlySet<number>): Promise<void> {
    round += keys === undefined ? 1 : 0;
    const mine = round;
    const wanted = (row: EntryRow) => row.person !== null && (keys === undefined || keys.has(row.key));
    rows.value = rows.value.map((row) => (wanted(row) ? { ...row, looking: true } : row));
    await resolve(
      rows.value.filter(wanted),
      (row) => (row.person === null ? row.text : lineOf(row.person)),
      (row, line) => {
        const person = row.person;
        const same = line?.candidates.find((candidate) => candidate.line.id === person?.id);
        if (person === null) return row;
        return same === undefined
          ? { ...row, looking: false, blocked: line?.problem ?? "名册里已没有这个人" }
          : choose(row, same);
      },
      () => mine === round,
    );
  }

  return { lookUp, recheck, fault };
}

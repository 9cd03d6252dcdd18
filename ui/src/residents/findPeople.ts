import { ask } from "@/backend/backend";
import type { ResidentChoice, ResolvedLine, ResolveResidents } from "@/backend/contract";
import type { Found } from "@/grid/useChoices";

/** As many as fit under a cell without scrolling. */
const SHOW_AT_MOST = 8;
/** A question of this size answers in a blink and lets a grid fill from the top while the rest is on its way. */
const LINES_AT_ONCE = 100;

/** People who could be meant by what is being typed. */
export async function findPeople(text: string): Promise<Found<ResidentChoice>> {
  const found = await ask("search", { text, limit: SHOW_AT_MOST });
  return {
    choices: found.hits.map((line) => ({ line, blocked: line.consent ? null : "还没有登记同意" })),
    more: found.more,
  };
}

/**
 * Asks who is meant by lines, in batches. `answered` takes a batch's answers, which begin at `from`; false from it ends
 * the questions. Throws `FaultError`.
 */
export async function resolveLines(
  lines: readonly string[],
  context: Omit<ResolveResidents, "lines">,
  answered: (from: number, answers: ResolvedLine[]) => boolean,
): Promise<void> {
  for (let from = 0; from < lines.length; from += LINES_AT_ONCE) {
    const reply = await ask("resolve_residents", {
      ...context,
      lines: lines.slice(from, from + LINES_AT_ONCE),
    });
    if (!answered(from, reply.lines)) return;
  }
}

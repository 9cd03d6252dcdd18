import type { Ref } from "vue";
import { ask } from "@/backend/backend";
import { faultFrom, type FaultError } from "@/backend/port";
import { settledPerson } from "@/residents/personCell";
import { resolveRows } from "@/residents/resolveRows";
import { withOrder, type SlipEntry } from "./slips";

type PersonColumn = "beneficiary" | "volunteer";
const PEOPLE: readonly PersonColumn[] = ["beneficiary", "volunteer"];

const NOT_ANSWERED = "没有查到，请在这一格按 Enter 再查";

/** Asks about every number and person that was typed or pasted and not answered yet. */
export function useSlipLookups(
  rows: Ref<SlipEntry[]>,
  failed: (fault: FaultError | undefined) => void,
): () => Promise<void> {
  function change(keys: ReadonlySet<number>, next: (slip: SlipEntry) => SlipEntry): void {
    rows.value = rows.value.map((slip) => (keys.has(slip.key) ? next(slip) : slip));
  }

  async function numbers(): Promise<void> {
    const asked = rows.value.filter((slip) => slip.looking);
    if (asked.length === 0) return;
    const keys = new Set(asked.map((slip) => slip.key));
    try {
      const { lines } = await ask("resolve_orders", { numbers: asked.map((slip) => slip.number) });
      const answers = new Map(lines.map((line, index) => [asked[index]?.key, line]));
      change(keys, (slip) => {
        const answer = answers.get(slip.key);
        // typed over meanwhile: the newer question answers it
        if (!slip.looking || answer === undefined || answer.text !== slip.number) return slip;
        if (answer.order) return withOrder(slip, answer.order, answer.problem ?? null);
        return { ...slip, looking: false, orderProblem: answer.problem ?? "没有这张服务单" };
      });
      failed(undefined);
    } catch (thrown) {
      failed(faultFrom(thrown));
      change(keys, (slip) => (slip.looking ? { ...slip, looking: false, orderProblem: NOT_ANSWERED } : slip));
    }
  }

  async function people(column: PersonColumn): Promise<void> {
    const asked = rows.value.filter((slip) => slip[column].looking);
    if (asked.length === 0) return;
    const texts = new Map(asked.map((slip) => [slip.key, slip[column].text]));
    const fault = await resolveRows(rows, {
      asked,
      line: (slip) => slip[column].text,
      context: {},
      answer: (slip, line) => ({
        ...slip,
        [column]: settledPerson(
          slip[column],
          texts.get(slip.key) ?? "",
          line?.candidates ?? [],
          line?.problem ?? null,
        ),
      }),
      unanswered: (slip) => ({
        ...slip,
        [column]: { ...slip[column], looking: false, problem: NOT_ANSWERED },
      }),
    });
    failed(fault);
  }

  return async () => {
    await Promise.all([numbers(), ...PEOPLE.map(people)]);
  };
}

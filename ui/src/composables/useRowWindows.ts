import { ref, shallowReactive, type Ref } from "vue";
import { faultFrom, type FaultError } from "@/backend/port";
import { useWaitingMark } from "./useWaitingMark";

/** Rows asked for at once: a screen holds about 20, so that one window covers a fast scroll. */
export const WINDOW_ROWS = 200;
/** Windows kept: 100 × 200 rows are a small part of the memory of one picture. The oldest goes. */
const WINDOWS_KEPT = 100;

export interface RowWindows<Row> {
  total: Ref<number>;
  rowAt: (index: number) => Row | undefined;
  /** Rows from..to (inclusive) are about to be shown. */
  need: (from: number, to: number) => void;
  /** The list is another one now (filter) or has changed; asks anew. `keep` shows the old rows meanwhile. */
  reset: (options?: { keep?: boolean }) => void;
  fault: Ref<FaultError | undefined>;
  waiting: Ref<boolean>;
}

/** A long list loaded in windows as it is scrolled. */
export function useRowWindows<Row>(
  load: (offset: number, limit: number) => Promise<{ total: number; rows: Row[] }>,
): RowWindows<Row> {
  const windows = shallowReactive(new Map<number, Row[]>());
  const asked = new Set<number>();
  const total = ref(0);
  const fault = ref<FaultError>();
  const { waiting, begin, end } = useWaitingMark();
  let round = 0;
  let lastNeed: [number, number] = [0, 0];

  async function fetchWindow(at: number): Promise<void> {
    const mine = round;
    asked.add(at);
    begin();
    try {
      const reply = await load(at * WINDOW_ROWS, WINDOW_ROWS);
      if (mine !== round) return;
      total.value = reply.total;
      windows.set(at, reply.rows);
      fault.value = undefined;
      const oldest = windows.keys().next().value;
      if (windows.size > WINDOWS_KEPT && oldest !== undefined) {
        windows.delete(oldest);
        asked.delete(oldest);
      }
    } catch (thrown) {
      if (mine !== round) return;
      asked.delete(at);
      fault.value = faultFrom(thrown);
    } finally {
      if (mine === round) end();
    }
  }

  function need(from: number, to: number): void {
    lastNeed = [from, to];
    for (let at = Math.floor(from / WINDOW_ROWS); at <= Math.floor(to / WINDOW_ROWS); at += 1) {
      if (!asked.has(at)) void fetchWindow(at);
    }
  }

  function reset(options: { keep?: boolean } = {}): void {
    round += 1;
    asked.clear();
    if (options.keep) {
      need(...lastNeed);
    } else {
      windows.clear();
      total.value = 0;
      need(0, 0);
    }
  }

  function rowAt(index: number): Row | undefined {
    return windows.get(Math.floor(index / WINDOW_ROWS))?.[index % WINDOW_ROWS];
  }

  return { total, rowAt, need, reset, fault, waiting };
}

import { describe, expect, it } from "vitest";
import { effectScope } from "vue";
import { useRowWindows, WINDOW_ROWS, type RowWindows } from "./useRowWindows";

/** A list of numbers 0…total−1 that records what was asked of it. */
function numbers(total: number): { asked: number[]; windows: RowWindows<number> } {
  const asked: number[] = [];
  const windows = effectScope().run(() =>
    useRowWindows<number>((offset, limit) => {
      asked.push(offset);
      const rows = Array.from({ length: Math.min(limit, total - offset) }, (_, at) => offset + at);
      return Promise.resolve({ total, rows });
    }),
  );
  if (!windows) throw new Error("the scope gave nothing");
  return { asked, windows };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("useRowWindows", () => {
  it("asks for each window once, and only for those in sight", async () => {
    const { asked, windows } = numbers(100_000);
    windows.need(0, 20);
    windows.need(5, 25);
    await settled();
    windows.need(99_990, 99_999);
    await settled();
    expect(asked).toEqual([0, Math.floor(99_990 / WINDOW_ROWS) * WINDOW_ROWS]);
    expect(windows.total.value).toBe(100_000);
    expect(windows.rowAt(99_999)).toBe(99_999);
    expect(windows.rowAt(50_000)).toBeUndefined();
  });

  it("drops an answer that belongs to the list before", async () => {
    const answers: ((row: string) => void)[] = [];
    const windows = effectScope().run(() =>
      useRowWindows<string>(
        () => new Promise((resolve) => answers.push((row) => resolve({ total: 1, rows: [row] }))),
      ),
    );
    windows?.need(0, 5);
    windows?.reset();
    answers[1]?.("new filter");
    answers[0]?.("old filter");
    await settled();
    expect(windows?.rowAt(0)).toBe("new filter");
  });

  it("forgets the oldest windows", async () => {
    const { asked, windows } = numbers(1_000_000);
    for (let at = 0; at <= 100; at += 1) windows.need(at * WINDOW_ROWS, at * WINDOW_ROWS);
    await settled();
    expect(windows.rowAt(0)).toBeUndefined();
    windows.need(0, 0);
    await settled();
    expect(windows.rowAt(0)).toBe(0);
    expect(asked).toHaveLength(102);
  });
});

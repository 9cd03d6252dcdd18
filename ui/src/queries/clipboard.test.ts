import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { copyForAMinute, KEPT_MS } from "./clipboard";

let clipboard = "";
let allowed = true;
const listeners = new Map<string, Set<() => void>>();

function target(): Pick<Window, "addEventListener" | "removeEventListener"> {
  return {
    addEventListener: (name: string, run: () => void) => {
      listeners.set(name, (listeners.get(name) ?? new Set()).add(run));
    },
    removeEventListener: (name: string, run: () => void) => void listeners.get(name)?.delete(run),
  } as Pick<Window, "addEventListener" | "removeEventListener">;
}

function fire(name: string): void {
  for (const run of listeners.get(name) ?? []) run();
}

beforeEach(() => {
  vi.useFakeTimers();
  listeners.clear();
  clipboard = "";
  allowed = true;
  vi.stubGlobal("window", target());
  vi.stubGlobal("document", target());
  vi.stubGlobal("navigator", {
    clipboard: {
      writeText: async (text: string) => {
        if (!allowed) throw new Error("not allowed");
        clipboard = text;
      },
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("what is copied for a minute", () => {
  it("is gone after it", async () => {
    expect(await copyForAMinute("330206199206026211")).toBe(true);
    await vi.advanceTimersByTimeAsync(KEPT_MS - 1);
    expect(clipboard).toBe("330206199206026211");
    await vi.advanceTimersByTimeAsync(1);
    expect(clipboard).toBe("");
  });

  it("goes with the next key where the web view wants one", async () => {
    await copyForAMinute("330206199206026211");
    allowed = false;
    await vi.advanceTimersByTimeAsync(KEPT_MS);
    expect(clipboard).not.toBe("");
    allowed = true;
    fire("keydown");
    await vi.advanceTimersByTimeAsync(0);
    expect(clipboard).toBe("");
  });

  it("leaves alone what was copied after it", async () => {
    await copyForAMinute("330206199206026211");
    fire("copy");
    clipboard = "会议通知";
    await vi.advanceTimersByTimeAsync(KEPT_MS);
    expect(clipboard).toBe("会议通知");
  });

  it("says when copying is not allowed", async () => {
    allowed = false;
    expect(await copyForAMinute("330206199206026211")).toBe(false);
  });
});

// The one door between the screens and the program. Two implementations: tauri.ts in the window, http.ts in a browser.

import type { Acts, Asks, Fault } from "./contract";

export type AskName = keyof Asks;
export type ActName = keyof Acts;

/** Ends a subscription. */
export type Unsubscribe = () => void;

export interface Backend {
  /** Reads. Throws `FaultError`. */
  ask<Name extends AskName>(name: Name, request: Asks[Name]["request"]): Promise<Asks[Name]["reply"]>;
  /** Writes. Throws `FaultError`. */
  act<Name extends ActName>(name: Name, request: Acts[Name]["request"]): Promise<Acts[Name]["reply"]>;
  /** Calls back with a topic word after anything changed, here or by synchronisation. */
  onChanged(listener: (topic: string) => void): Unsubscribe;
  /** Keeps the window from closing until `mayClose` says yes. A browser asks in its own words instead. */
  holdClose(mayClose: () => Promise<boolean>): Unsubscribe;
}

/** A refusal of the program, as thrown by every `ask` and `act`. */
export class FaultError extends Error implements Fault {
  readonly code: Fault["code"];
  readonly rows: Fault["rows"];

  constructor(fault: Fault) {
    super(fault.message);
    this.name = "FaultError";
    this.code = fault.code;
    this.rows = fault.rows;
  }
}

/** What a form still lacks, in the way a refusal of the program says it; nothing where nothing is missing. */
export function gapsFault(
  missing: readonly (readonly [field: string, message: string])[],
): FaultError | undefined {
  if (missing.length === 0) return undefined;
  return new FaultError({
    code: "invalid",
    message: "还差几项没填，补上后再提交。",
    rows: missing.map(([field, message]) => ({ field, message })),
  });
}

/** Whatever was thrown, as a refusal that can be shown. */
export function faultFrom(thrown: unknown): FaultError {
  if (thrown instanceof FaultError) return thrown;
  if (isFault(thrown)) return new FaultError(thrown);
  return new FaultError({
    code: "system",
    message: "程序没有答复。请再试一次；仍不行时关闭窗口重新打开，已保存的内容不会丢。",
    rows: [],
  });
}

export function isFault(value: unknown): value is Fault {
  if (typeof value !== "object" || value === null) return false;
  const fault = value as Partial<Fault>;
  return typeof fault.code === "string" && typeof fault.message === "string" && Array.isArray(fault.rows);
}

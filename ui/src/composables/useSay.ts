// What just happened, said beside the page's title, with one way on.

import { reactive, readonly } from "vue";
import type { Tone } from "@/format/words";

export interface Saying {
  id: number;
  text: string;
  tone: Tone;
  /** Milliseconds of the page's clock. */
  saidAt: number;
  way?: { label: string; run: () => void };
}

/** Long enough to read two lines and to reach for 撤销. */
const SHOW_MS = 10_000;
/** Said by the very act that led to the next page. */
const JUST_SAID_MS = 1_000;
/** More than this at once is noise: the oldest goes. */
const SHOW_AT_MOST = 2;

/** The way on that takes an act back. */
const UNDO_WORD = "撤销";

const sayings = reactive<Saying[]>([]);
let last = 0;

/** Says what happened and, where there is one, the way on (撤销, 查看). */
export function say(text: string, options: { tone?: Tone; way?: Saying["way"] } = {}): void {
  const saying: Saying = {
    id: ++last,
    text,
    tone: options.tone ?? "good",
    saidAt: performance.now(),
    way: options.way,
  };
  sayings.push(saying);
  if (sayings.length > SHOW_AT_MOST) sayings.shift();
  setTimeout(() => unsay(saying.id), SHOW_MS);
}

export function unsay(id: number): void {
  const at = sayings.findIndex((saying) => saying.id === id);
  if (at >= 0) sayings.splice(at, 1);
}

/** On the next page, and in a box, what was said before is old news, unless it offers a way on. */
export function unsayOld(): void {
  const now = performance.now();
  for (const saying of [...sayings]) {
    if (saying.way === undefined && now - saying.saidAt > JUST_SAID_MS) unsay(saying.id);
  }
}

/** Another person sits down: what the one before did is none of their business. */
export function unsayAll(): void {
  sayings.splice(0);
}

/** The last act said that can be taken back, for Ctrl+Z. */
export function lastUndo(): (() => void) | undefined {
  const saying = sayings.findLast((one) => one.way?.label === UNDO_WORD);
  if (!saying?.way) return undefined;
  const { run } = saying.way;
  return () => {
    unsay(saying.id);
    run();
  };
}

/** For the one component that shows them. */
export function useSayings(): readonly Saying[] {
  return readonly(sayings) as readonly Saying[];
}

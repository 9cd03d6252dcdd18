import type { Tone } from "@/format/words";
import type { RowState } from "./grid";

/** Colour of what a row is; the words stand beside it. */
export const VERDICT_TONES: Record<RowState, Tone> = {
  empty: "quiet",
  looking: "quiet",
  ready: "good",
  choose: "wait",
  twice: "wait",
  unknown: "fault",
  blocked: "wait",
  refused: "fault",
};

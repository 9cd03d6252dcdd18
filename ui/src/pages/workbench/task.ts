import type { Workbench } from "@/backend/contract";
import type { Tone } from "@/format/words";
import type { CommandName } from "@/router/sections";

export interface Task {
  key: string;
  tone: Tone;
  /** State in one word, beside the colour. */
  word: string;
  text: string;
  note: string;
  /** Where it is done; absent for what is only to be known. */
  to?: { name: string; params?: Record<string, string>; query?: Record<string, string> };
}

/** The share of one part of the program in what waits; `false` for what does not. */
export type TaskList = (bench: Workbench, may: (command: CommandName) => boolean) => (Task | false)[];

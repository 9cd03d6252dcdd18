// What the states and reasons of people's data are called.

import type { Tone } from "@/format/words";
import type { PersonStage, RestrictReason } from "@/backend/contract";

export interface StateWord {
  tone: Tone;
  word: string;
}

export const STAGES: Readonly<Record<PersonStage, StateWord>> = {
  without: { tone: "quiet", word: "未登记同意" },
  active: { tone: "good", word: "同意有效" },
  withdrawn: { tone: "wait", word: "已撤回同意" },
  restricted: { tone: "wait", word: "限制处理" },
  erased: { tone: "quiet", word: "已删除" },
};

export const RESTRICT_REASONS: readonly (readonly [RestrictReason, string])[] = [
  ["asked", "本人要求限制处理"],
  ["disputed", "本人对信息是否准确有异议"],
  ["withdrawn", "已撤回同意，暂存待处理"],
  ["kept_by_law", "法律规定的保存期未满"],
];

/** The program takes no longer note. */
export const NOTE_CHARS_MAX = 200;

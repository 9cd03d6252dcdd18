import type { RightLine } from "@/backend/contract";
import type { Tone } from "@/format/words";

/** Where the right of one village lies, in words. */
export function rightWords(right: RightLine): { tone: Tone; word: string } {
  if (right.holder === "here") return { tone: "good", word: "在本机" };
  if (right.holder === "elsewhere") {
    return { tone: "quiet", word: right.holder_label == null ? "在另一台电脑" : `在${right.holder_label}` };
  }
  return { tone: "quiet", word: "没有电脑持有" };
}

/** Who has asked for it, in words; empty when nobody has. */
export function wantedWords(right: RightLine): string {
  if (right.holder === "here") return right.wanted_elsewhere ? "另一台电脑申请要" : "";
  if (right.asked_here) return "本机已申请，等区平台给";
  return right.wanted_elsewhere ? "另一台电脑也在申请" : "";
}

import type { ReviewGroup, ReviewRow } from "@/backend/contract";
import type { Tickable } from "@/components/ticks";

/** Recusals stay out of every decision. */
export const AWARD_TICKS: Tickable<ReviewRow> = {
  key: (row) => row.entry.award,
  decidable: (row) => !row.recusal,
};

/** What stands beside the number of rows, so that nobody approves past it. */
export function remarks(group: ReviewGroup): string {
  const recused = group.rows.filter((row) => row.recusal).length;
  const doubles = group.rows.filter((row) => row.suspected_duplicate).length;
  return [recused > 0 ? `${recused} 人须回避` : "", doubles > 0 ? `${doubles} 人疑似重复` : ""]
    .filter((each) => each !== "")
    .join("，");
}

// The matrix 诚信五进 × quarter: days and words.

import type { MatrixCell } from "@/backend/contract";

export const QUARTERS = [1, 2, 3, 4] as const;
export const QUARTER_WORDS = ["第一季度", "第二季度", "第三季度", "第四季度"] as const;

/** Quarter 1–4 of a day `YYYY-MM-DD`. */
export function quarterOf(day: string): number {
  return Math.ceil(Number(day.slice(5, 7)) / 3);
}

/** First and last day of a quarter. */
export function quarterDays(year: number, quarter: number): { first: string; last: string } {
  const lastDays = ["03-31", "06-30", "09-30", "12-31"];
  const firstMonth = String(quarter * 3 - 2).padStart(2, "0");
  return { first: `${year}-${firstMonth}-01`, last: `${year}-${lastDays[quarter - 1] ?? "12-31"}` };
}

export type QuarterTime = "past" | "now" | "future";

export function quarterTime(year: number, quarter: number, today: string): QuarterTime {
  const { first, last } = quarterDays(year, quarter);
  if (last < today) return "past";
  return first > today ? "future" : "now";
}

/** What a cell says, and what can be done about it. */
export interface CellWords {
  /** Held activities, or that there are none. */
  main: string;
  /** Planned ones beside. */
  also?: string;
  /** 安排活动 while there is time, 补记活动 afterwards; nothing where the quarter has what it needs. */
  way?: "安排活动" | "补记活动";
}

export function cellWords(cell: MatrixCell, time: QuarterTime): CellWords {
  const planned = cell.planned > 0 ? `计划 ${cell.planned} 场` : undefined;
  if (cell.held > 0) return { main: `${cell.held} 场`, also: planned };
  if (time === "future")
    return planned === undefined ? { main: "还没有安排", way: "安排活动" } : { main: planned };
  return {
    main: time === "now" ? "本季度没有活动" : "没有活动",
    also: planned,
    way: time === "past" ? "补记活动" : planned === undefined ? "安排活动" : undefined,
  };
}

/** A day to begin with when something is planned for a quarter: today where it is under way, else its edge. */
export function dayInQuarter(year: number, quarter: number, today: string): string {
  const { first, last } = quarterDays(year, quarter);
  if (today < first) return first;
  return today > last ? last : today;
}

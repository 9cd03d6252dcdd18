// How figures, times and codes are written on every screen.

import type { AwardState, Duty } from "@/backend/contract";

const GROUPED = new Intl.NumberFormat("zh-CN");

/** `12,345`. */
export function count(value: number): string {
  return GROUPED.format(value);
}

/** `12 分`. */
export function points(value: number): string {
  return `${GROUPED.format(value)} 分`;
}

/** `2 小时 30 分`. */
export function duration(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} 分`;
  return rest === 0 ? `${hours} 小时` : `${hours} 小时 ${rest} 分`;
}

/** `1 分 20 秒` for a wait still to come; rounded up, so that it never says 0. */
export function remaining(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole < 60 ? `${whole} 秒` : `${Math.floor(whole / 60)} 分 ${whole % 60} 秒`;
}

/** The time alone when it is of today: `09:12`, else `昨天 09:12` or `11-21 09:12`. Input: `YYYY-MM-DD HH:MM`. */
export function shortTime(at: string, today: string): string {
  if (at.startsWith(today)) return at.slice(11);
  return at.startsWith(dayBefore(today)) ? `昨天 ${at.slice(11)}` : at.slice(5);
}

function dayBefore(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  // no day yet, no day before
  if (Number.isNaN(date.getTime())) return day;
  date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}

export const DUTY_WORDS: Record<Duty, string> = {
  recorder: "录入",
  reviewer: "复核",
  clerk: "经办",
  administrator: "管理",
};

export const DUTIES: readonly Duty[] = ["recorder", "reviewer", "clerk", "administrator"];

/** What each duty may do, in one line. */
export const DUTY_PURPOSES: Record<Duty, string> = {
  recorder: "记分、登记同意",
  reviewer: "复核别人记的分、冲正",
  clerk: "名册与细则导入、同意、对账单",
  administrator: "用户、接入区平台、撤销导入",
};

/** Colour of a state; the word always stands beside it. */
export type Tone = "good" | "wait" | "fault" | "quiet" | "brand";

export const AWARD_STATES: Record<AwardState, { word: string; tone: Tone }> = {
  submitted: { word: "待审", tone: "wait" },
  sent_back: { word: "被退回", tone: "fault" },
  approved: { word: "已通过，未到生效日", tone: "wait" },
  effective: { word: "已生效", tone: "good" },
  reversed: { word: "已冲正", tone: "quiet" },
};

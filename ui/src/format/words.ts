// How figures, times and codes are written on every screen.

import type { AwardState, Duty } from "@/backend/contract";

const GROUPED = new Intl.NumberFormat("zh-CN");

/** `12,345`. */
export function count(value: number): string {
  return GROUPED.format(value);
}

/** How many per cent a part is, rounded; all only where it is all, and nothing only where it is nothing. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0%";
  if (part >= whole) return "100%";
  return `${Math.min(99, Math.max(1, Math.round((part / whole) * 100)))}%`;
}

/** `12 分`. */
export function points(value: number): string {
  return `${GROUPED.format(value)} 分`;
}

/** `2 小时 30 分`; below zero with a minus sign in front. */
export function duration(minutes: number): string {
  const size = Math.abs(minutes);
  const hours = Math.floor(size / 60);
  const rest = size % 60;
  const sign = minutes < 0 ? "-" : "";
  if (hours === 0) return `${sign}${rest} 分`;
  return rest === 0
    ? `${sign}${GROUPED.format(hours)} 小时`
    : `${sign}${GROUPED.format(hours)} 小时 ${rest} 分`;
}

/** `+2 小时`, `-30 分`: a movement of an account. */
export function movement(minutes: number): string {
  return minutes > 0 ? `+${duration(minutes)}` : duration(minutes);
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

/** The day without its year where that is this year's: `11-22`. */
export function shortDay(day: string, today: string): string {
  return day.startsWith(today.slice(0, 5)) ? day.slice(5) : day;
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
  query_clerk: "查询",
  viewer: "查看",
  administrator: "系统管理",
  security_administrator: "安全管理",
  auditor: "审计",
};

/** The town's daily work first, then the three that keep each other in check. */
export const DUTIES: readonly Duty[] = [
  "recorder",
  "reviewer",
  "clerk",
  "query_clerk",
  "viewer",
  "administrator",
  "security_administrator",
  "auditor",
];

/** What each duty may do, in one line. */
export const DUTY_PURPOSES: Record<Duty, string> = {
  recorder: "记分、活动、服务单，登记和撤回同意，更正电话和住址",
  reviewer: "复核别人记的分、服务单、品牌和交区材料，冲正，确认或不予删除个人信息",
  clerk: "导入名册和细则，对账单，服务单，品牌；说明用途后查看完整号码和住址；限制、申请删除个人信息",
  query_clerk: "说明用途后查看完整号码和住址；给本人查询记录和信息清单",
  viewer: "只看，不办",
  administrator: "账户、电脑、接入区平台、备份、校验、撤销导入",
  security_administrator: "职责、村社、密码规定、动态验证码、恢复密钥，清理到期的审计",
  auditor: "查找、核对、导出审计，看查询登记；不能兼任别的",
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

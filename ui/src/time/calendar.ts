// A month as the calendar shows it; pure. Days are `2026-11-22`, months `2026-11`.

/** A day of the month. */
export interface MonthDay {
  day: string;
  /** Day of the month, from 1. */
  date: number;
  weekday: string;
  weekend: boolean;
}

const WEEKDAYS = "日一二三四五六";

function moment(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function monthOf(day: string): string {
  return day.slice(0, 7);
}

/** The month so many months later; earlier where negative. */
export function monthAfter(month: string, by: number): string {
  const date = moment(`${month}-01`);
  date.setUTCMonth(date.getUTCMonth() + by);
  return monthOf(dayOf(date));
}

/** The day so many days later; earlier where negative. */
export function dayAfter(day: string, by: number): string {
  const date = moment(day);
  date.setUTCDate(date.getUTCDate() + by);
  return dayOf(date);
}

/** First and last day. */
export function monthEnds(month: string): { from: string; to: string } {
  return { from: `${month}-01`, to: dayAfter(`${monthAfter(month, 1)}-01`, -1) };
}

/** All days of a month in order. */
export function monthDays(month: string): MonthDay[] {
  const last = Number(monthEnds(month).to.slice(8));
  return Array.from({ length: last }, (_, index) => {
    const day = `${month}-${String(index + 1).padStart(2, "0")}`;
    const at = moment(day).getUTCDay();
    return { day, date: index + 1, weekday: WEEKDAYS.charAt(at), weekend: at === 0 || at === 6 };
  });
}

/** `2026 年 11 月`. */
export function monthWords(month: string): string {
  return `${month.slice(0, 4)} 年 ${Number(month.slice(5))} 月`;
}

/** What of the calendar the list shows. */
export interface DaySpan {
  span: "day" | "month" | "all";
  month: string;
  day: string;
}

/** The limits of the list, both included. */
export function spanLimits(view: DaySpan): { from: string | null; to: string | null } {
  if (view.span === "day") return { from: view.day, to: view.day };
  return view.span === "month" ? monthEnds(view.month) : { from: null, to: null };
}

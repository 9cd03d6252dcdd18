// What people type for a time of day, a day and a length of time; pure. Digits of any width, any usual divider.

const DAY_MIN = 24 * 60;
const HALF_WIDTH_FROM = 0xff01;
const HALF_WIDTH_TO = 0xff5e;
const WIDTH_STEP = 0xfee0;

/** A bare number from here on is minutes, below it hours: nobody asks for ten hours by writing 10. */
const MINUTES_FROM = 10;

function plain(text: string): string {
  return [...text]
    .map((sign) => {
      const code = sign.charCodeAt(0);
      return code >= HALF_WIDTH_FROM && code <= HALF_WIDTH_TO ? String.fromCharCode(code - WIDTH_STEP) : sign;
    })
    .join("")
    .replace(/\s+/g, "");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** `09:05` for 905, 0905, 9:05, 9.05, 9点5分, 9点; nothing for what is no time of a day. */
export function readTime(text: string): string | null {
  const typed = plain(text)
    .replace(/[:.]|点|时/g, ":")
    .replace(/分$/, "");
  const parts =
    /^(\d{1,2}):(\d{0,2})$/.exec(typed) ?? /^(\d{1,2})(\d{2})$/.exec(typed) ?? /^(\d{1,2})()$/.exec(typed);
  if (parts === null) return null;
  const hour = Number(parts[1]);
  const minute = Number(parts[2] || 0);
  return hour < 24 && minute < 60 ? `${two(hour)}:${two(minute)}` : null;
}

/** Minutes of the day of `09:05`. */
export function minuteOf(time: string): number {
  const [hour, minute] = time.split(":").map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

/** Minutes from one time to another of the same day; nothing where the second does not come later. */
export function minutesBetween(from: string, to: string): number | null {
  const span = minuteOf(to) - minuteOf(from);
  return span > 0 && span < DAY_MIN ? span : null;
}

/**
 * `2026-11-22` for 2026-11-22, 20261122, 2026.11.22, 11-22, 1122, 11月22日; nothing for what is no day. A day without a
 * year is the last one that is not after `today`.
 */
export function readDay(text: string, today: string): string | null {
  const typed = plain(text)
    .replace(/[./]|年|月/g, "-")
    .replace(/日$/, "");
  const full = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(typed);
  if (full !== null) return dayOf(Number(full[1]), Number(full[2]), Number(full[3]));
  const short = /^(\d{1,2})-(\d{1,2})$/.exec(typed) ?? /^(\d{2})(\d{2})$/.exec(typed);
  if (short === null) return null;
  const year = Number(today.slice(0, 4));
  const day = dayOf(year, Number(short[1]), Number(short[2]));
  return day !== null && day > today ? dayOf(year - 1, Number(short[1]), Number(short[2])) : day;
}

function dayOf(year: number, month: number, date: number): string | null {
  const day = `${year}-${two(month)}-${two(date)}`;
  const moment = new Date(`${day}T00:00:00Z`);
  // a 31st of a short month would run over into the next
  return !Number.isNaN(moment.getTime()) && moment.toISOString().slice(0, 10) === day ? day : null;
}

/** Minutes for 90, 90分, 1.5, 1.5小时, 1小时30分, 1:30; a bare number under 10 is hours. Nothing for anything else. */
export function readMinutes(text: string): number | null {
  const typed = plain(text)
    .replace(/钟$/, "")
    .replace(/个?(小时|时)/, "h")
    .replace(/(分|min)$/, "m");
  const hours = /^(\d+(?:\.\d+)?)h(?:(\d{1,2})m?)?$/.exec(typed) ?? /^(\d{1,2}):(\d{2})$/.exec(typed);
  if (hours !== null) return Math.round(Number(hours[1]) * 60) + Number(hours[2] ?? 0);
  const minutes = /^(\d+)m$/.exec(typed);
  if (minutes !== null) return Number(minutes[1]);
  if (!/^\d+(\.\d+)?$/.test(typed)) return null;
  const value = Number(typed);
  return value < MINUTES_FROM || typed.includes(".") ? Math.round(value * 60) : value;
}

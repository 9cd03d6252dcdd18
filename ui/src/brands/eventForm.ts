// An activity as one form, and what of it was changed.

import type { EventDetail, SaveEvent, Setting } from "@/backend/contract";
import { fenOf, yuanText } from "./money";

/** What one types. */
export interface EventText {
  title: string;
  /** Empty for none of the five. */
  setting: Setting | "";
  /** Brand id; empty for none. */
  brand: string;
  /** Day planned; of one recorded afterwards, the day held. */
  day: string;
  place: string;
  plan: string;
  /** Yuan. */
  cost: string;
}

/** Limit of `SaveEvent.plan`. */
export const PLAN_CHARS_MAX = 1000;

export const EVENT_FIELDS = [
  "title",
  "setting",
  "brand",
  "planned_on",
  "held_on",
  "place",
  "plan",
  "cost_fen",
] as const;

/** The form of an activity. */
export function eventText(detail: EventDetail): EventText {
  const { line } = detail;
  return {
    title: line.title,
    setting: line.setting ?? "",
    brand: line.brand ?? "",
    day: detail.planned_on,
    place: line.place,
    plan: detail.plan,
    cost: line.cost_fen == null ? "" : yuanText(line.cost_fen),
  };
}

type Changes = Omit<SaveEvent, "request_id" | "event" | "state" | "held_on">;

/** Only what differs goes out; a field emptied that cannot be empty stays as it was. */
export function eventChanges(before: EventText, after: EventText): Changes {
  const changes: Changes = {};
  for (const field of ["title", "place", "plan"] as const) {
    if (after[field].trim() !== before[field]) changes[field] = after[field].trim();
  }
  if (after.setting !== before.setting && after.setting !== "") changes.setting = after.setting;
  if (after.brand !== before.brand && after.brand !== "") changes.brand = after.brand;
  if (after.day !== before.day) changes.planned_on = after.day;
  const cost = fenOf(after.cost);
  if (typeof cost === "number" && cost !== fenOf(before.cost)) changes.cost_fen = cost;
  return changes;
}

/** What is wrong, by field; empty when it can be sent. */
export function eventProblems(text: EventText): { title?: string; day?: string; cost?: string } {
  return {
    ...(text.title.trim() === "" && { title: "请写活动名称，例如：诚信经营进商圈" }),
    ...(text.day === "" && { day: "请填哪一天" }),
    ...(fenOf(text.cost) === undefined && { cost: "费用写金额，例如 1200 或 86.50" }),
  };
}

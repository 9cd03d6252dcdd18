// A service as a need or an order describes it, while it is being written down; pure.

import type { PostNeed, ResidentLine } from "@/backend/contract";
import { readMinutes, readTime } from "@/format/readings";

export interface ServiceForm {
  person: ResidentLine | undefined;
  /** Service type id. */
  serviceType: string;
  day: string;
  /** As typed. */
  start: string;
  /** As typed. */
  planned: string;
  place: string;
  note: string;
}

/** Limits of `PostNeed`. */
export const PLANNED_MIN = 10;
export const PLANNED_MAX = 720;
export const PLACE_CHARS_MAX = 60;
export const NOTE_CHARS_MAX = 200;

export function freshService(day: string): ServiceForm {
  return { person: undefined, serviceType: "", day, start: "", planned: "", place: "", note: "" };
}

/** What is missing, by the names of the request's fields. */
export function serviceGaps(form: ServiceForm): [string, string][] {
  const missing: [string, string][] = [];
  const planned = readMinutes(form.planned);
  if (form.person === undefined) missing.push(["resident", "请选服务对象"]);
  if (form.serviceType === "") missing.push(["service_type", "请选服务项目"]);
  if (!form.day) missing.push(["day", "请填哪一天"]);
  if (readTime(form.start) === null) missing.push(["start", "请填几点开始，例如 900 或 9:00"]);
  if (planned === null) missing.push(["planned_min", "请填多久，例如 2 小时、1.5 或 90 分"]);
  else if (planned < PLANNED_MIN || planned > PLANNED_MAX)
    missing.push(["planned_min", "时长在 10 分到 12 小时之间"]);
  return missing;
}

/** The request of a form without gaps. */
export function serviceRequest(form: ServiceForm): Omit<PostNeed, "request_id"> {
  return {
    resident: form.person?.id ?? "",
    service_type: form.serviceType,
    day: form.day,
    start: readTime(form.start) ?? "",
    planned_min: readMinutes(form.planned) ?? 0,
    place: form.place.trim(),
    note: form.note.trim(),
  };
}

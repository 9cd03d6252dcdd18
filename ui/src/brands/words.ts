// What brands, activities and packages are called on every screen.

import type {
  BrandMove,
  BrandState,
  EventState,
  HandoverState,
  MilestoneState,
  Setting,
} from "@/backend/contract";
import type { Tone } from "@/format/words";

interface StateWord {
  word: string;
  tone: Tone;
}

export const BRAND_STATES: Record<BrandState, StateWord> = {
  proposed: { word: "待批准", tone: "wait" },
  approved: { word: "已批准，未启用", tone: "wait" },
  active: { word: "启用中", tone: "good" },
  sent_back: { word: "已退回", tone: "fault" },
  retired: { word: "已退役", tone: "quiet" },
};

/** What happened to a brand on the day since which it stands where it is. */
export const SINCE_WORDS: Record<BrandState, string> = {
  proposed: "申报",
  approved: "批准",
  active: "启用",
  sent_back: "退回",
  retired: "退役",
};

export const MOVE_WORDS: Record<BrandMove, string> = {
  approve: "批准",
  send_back: "退回并说明",
  activate: "启用",
  retire: "退役并说明",
};

export const MILESTONE_STATES: Record<MilestoneState, StateWord> = {
  planned: { word: "计划中", tone: "wait" },
  done: { word: "已完成", tone: "good" },
  dropped: { word: "已取消", tone: "quiet" },
};

export const EVENT_STATES: Record<EventState, StateWord> = {
  planned: { word: "计划中", tone: "wait" },
  held: { word: "已举办", tone: "good" },
  cancelled: { word: "已取消", tone: "quiet" },
};

export const HANDOVER_STATES: Record<HandoverState, StateWord> = {
  requested: { word: "待审查", tone: "wait" },
  released: { word: "已放行", tone: "good" },
  sent_back: { word: "已退回", tone: "fault" },
};

/** 诚信五进, in the order in which the documents name them. */
export const SETTINGS: readonly { value: Setting; word: string }[] = [
  { value: "community", word: "社区" },
  { value: "township", word: "乡镇" },
  { value: "enterprise", word: "企业" },
  { value: "campus", word: "校园" },
  { value: "family", word: "家庭" },
];

export const SETTING_WORDS = Object.fromEntries(SETTINGS.map(({ value, word }) => [value, word])) as Record<
  Setting,
  string
>;

/** A planned thing whose day has passed says so; everything else says its state. */
export function milestoneWord(milestone: { state: MilestoneState; overdue: boolean }): StateWord {
  return milestone.overdue ? { word: "已过期限", tone: "fault" } : MILESTONE_STATES[milestone.state];
}

export function eventWord(event: { state: EventState; overdue: boolean }): StateWord {
  return event.overdue ? { word: "日子已过，未登记", tone: "fault" } : EVENT_STATES[event.state];
}

/** `还有 12 天`, `今天`, `已过 3 天`. Both days `YYYY-MM-DD`. */
export function daysAway(day: string, today: string): string {
  const days = Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000);
  if (days === 0) return "今天";
  return days > 0 ? `还有 ${days} 天` : `已过 ${-days} 天`;
}

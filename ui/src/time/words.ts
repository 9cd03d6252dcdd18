// How the time bank's states and choices are said on every screen.

import type {
  ConfirmWay,
  NeedState,
  OrderLine,
  OrderSide,
  OrderState,
  OrderStep,
  Payer,
  ServiceTypeLine,
} from "@/backend/contract";
import type { Tone } from "@/format/words";

export interface StateWord {
  word: string;
  tone: Tone;
}

export const NEED_STATES: Readonly<Record<NeedState, StateWord>> = {
  open: { word: "待派单", tone: "wait" },
  matched: { word: "已派单", tone: "brand" },
  served: { word: "已完成", tone: "good" },
  closed: { word: "已关闭", tone: "quiet" },
};

export const ORDER_STATES: Readonly<Record<OrderState, StateWord>> = {
  posted: { word: "待接单", tone: "wait" },
  taken: { word: "已接单", tone: "brand" },
  signed_in: { word: "服务中", tone: "brand" },
  signed_out: { word: "待双方确认", tone: "wait" },
  confirmed: { word: "待入账", tone: "wait" },
  credited: { word: "已入账", tone: "good" },
  cancelled: { word: "已取消", tone: "quiet" },
  disputed: { word: "有争议", tone: "wait" },
  reversed: { word: "已冲正", tone: "quiet" },
};

/** In the order of an order's way. */
export const ORDER_STATE_ORDER: readonly OrderState[] = [
  "posted",
  "taken",
  "signed_in",
  "signed_out",
  "confirmed",
  "disputed",
  "credited",
  "cancelled",
  "reversed",
];

export const PAYERS: readonly { value: Payer; word: string }[] = [
  { value: "own", word: "本人时间账户" },
  { value: "reserve", word: "镇准备金" },
];

export const PAYER_WORDS: Readonly<Record<Payer, string>> = { own: "本人时间账户", reserve: "镇准备金" };

/** For narrow cells. */
export const PAYER_SHORT: Readonly<Record<Payer, string>> = { own: "本人", reserve: "准备金" };

export const SIDES: readonly { value: OrderSide; word: string }[] = [
  { value: "volunteer", word: "志愿者" },
  { value: "beneficiary", word: "服务对象" },
];

export const WAYS: readonly { value: ConfirmWay; word: string }[] = [
  { value: "slip", word: "签字单" },
  { value: "in_person", word: "当面" },
  { value: "telephone", word: "电话" },
];

/** Relations to whom minutes may be given, as the program takes them. */
export const RELATIONS = ["配偶", "父母", "子女", "兄弟姐妹", "祖父母", "孙子女", "其他亲属"] as const;

/** What can be done with an order in its state, the natural next step first. */
export const NEXT_STEPS: Readonly<Record<OrderState, readonly OrderStep[]>> = {
  posted: ["take", "cancel"],
  taken: ["sign_in", "cancel"],
  signed_in: ["sign_out", "cancel"],
  signed_out: ["confirm", "dispute", "cancel"],
  confirmed: ["dispute", "cancel"],
  credited: [],
  cancelled: [],
  disputed: ["resolve", "cancel"],
  reversed: [],
};

export const STEP_WORDS: Readonly<Record<OrderStep, { verb: string; done: string }>> = {
  take: { verb: "接单", done: "已接单" },
  sign_in: { verb: "签到", done: "已签到" },
  sign_out: { verb: "签退", done: "已签退，等双方确认" },
  confirm: { verb: "确认", done: "已登记确认" },
  dispute: { verb: "提出异议", done: "已登记异议，处理完毕前不能入账" },
  resolve: { verb: "异议处理完毕", done: "异议已处理完毕，请双方重新确认" },
  cancel: { verb: "取消服务单", done: "服务单已取消，预留的时间已退回" },
};

/** An order still on its way, whose slip may be printed. */
export function isLive(state: OrderState): boolean {
  return !["credited", "cancelled", "reversed"].includes(state);
}

/** `09:05 至 11:10`, or the planned time where nobody has signed in. */
export function orderTimes(line: Pick<OrderLine, "start" | "signed_in" | "signed_out">): string {
  if (!line.signed_in) return `约定 ${line.start}`;
  return `${line.signed_in} 至 ${line.signed_out ?? "……"}`;
}

/** The version of each service type that counts today, by code. */
export function typesInForce(types: readonly ServiceTypeLine[]): ServiceTypeLine[] {
  return types.filter((each) => each.in_force).sort((one, other) => one.code.localeCompare(other.code));
}

/** `1.20`. */
export function coefficient(percent: number): string {
  return (percent / 100).toFixed(2);
}

// Returned slips being entered: rows, what they lack, what is sent; pure.

import type { OrderLine, Payer, ResidentChoice, ServiceTypeLine, SlipRow } from "@/backend/contract";
import { minutesBetween, readDay, readTime } from "@/format/readings";
import { cleanCell } from "@/grid/cells";
import type { GridVerdict } from "@/grid/column";
import { nextRowKey, withEmptyEnd, type GridRow } from "@/grid/rows";
import { chosenPerson, NOBODY, personGap, type PersonCell } from "@/residents/personCell";

/** A returned slip: of an order, or of a service that nobody had ordered. */
export interface SlipEntry extends GridRow {
  /** Order number as typed; empty for a slip without an order. */
  number: string;
  order: OrderLine | null;
  /** Why the number leads to nothing, or why its slip cannot be entered now. */
  orderProblem: string | null;
  /** The number's answer is on its way. */
  looking: boolean;
  beneficiary: PersonCell;
  volunteer: PersonCell;
  /** As typed, or the name of the type. */
  serviceText: string;
  serviceType: string | null;
  /** `2026-11-22`, or as typed where that is no day. */
  day: string;
  payer: Payer;
  /** `09:05`, or as typed where that is no time. */
  signedIn: string;
  signedOut: string;
  volunteerSigned: boolean;
  beneficiarySigned: boolean;
}

export type SlipState = "empty" | "looking" | "open" | "choose" | "unknown" | "refused" | "ready" | "half";

export interface SlipVerdict {
  state: SlipState;
  words: string;
}

/** `EnterSlips.rows` takes no more. */
export const SLIPS_MAX = 200;
/** A service longer than this is a mistake of writing. */
const SERVICE_MAX_MIN = 12 * 60;

/** Letters of an order number, without its dash. */
const NUMBER = /^[0-9A-HJKMNP-TV-Z]{8}$/;

export function emptySlip(): SlipEntry {
  return {
    key: nextRowKey(),
    refused: null,
    number: "",
    order: null,
    orderProblem: null,
    looking: false,
    beneficiary: NOBODY,
    volunteer: NOBODY,
    serviceText: "",
    serviceType: null,
    day: "",
    payer: "own",
    signedIn: "",
    signedOut: "",
    volunteerSigned: true,
    beneficiarySigned: true,
  };
}

/** Nothing was typed. */
export function isEmptySlip(slip: SlipEntry): boolean {
  return [
    slip.number,
    slip.beneficiary.text,
    slip.volunteer.text,
    slip.serviceText,
    slip.day,
    slip.signedIn,
    slip.signedOut,
  ].every((text) => text.trim() === "");
}

export function withSlipEnd(slips: SlipEntry[]): SlipEntry[] {
  return withEmptyEnd(slips, isEmptySlip, emptySlip);
}

/** `K3QX-7M2P` as it is compared: capitals, no dash, letters that look like figures as figures. */
export function plainNumber(text: string): string {
  return cleanCell(text).toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
}

/** As far as one can see it is a whole order number. */
export function isNumber(text: string): boolean {
  return NUMBER.test(plainNumber(text));
}

/** The slip after this was typed in place of its number: what the former number filled in is gone. */
export function numbered(slip: SlipEntry, typed: string): SlipEntry {
  const hadOrder = slip.order !== null;
  return {
    ...slip,
    number: typed,
    order: null,
    orderProblem: null,
    looking: typed !== "",
    refused: null,
    ...(hadOrder ? { volunteer: NOBODY, signedIn: "", signedOut: "" } : {}),
  };
}

/** The slip of this order; whoever was named by hand stays. */
export function withOrder(slip: SlipEntry, order: OrderLine, problem: string | null): SlipEntry {
  const served = slip.volunteer.text !== "" ? slip.volunteer : volunteerOf(order);
  return {
    ...slip,
    number: order.number,
    order,
    orderProblem: problem,
    looking: false,
    refused: null,
    volunteer: served,
    signedIn: slip.signedIn || (order.signed_in ?? ""),
    signedOut: slip.signedOut || (order.signed_out ?? ""),
    serviceText: "",
    serviceType: null,
    beneficiary: NOBODY,
    day: "",
  };
}

// the order names its volunteer; the program checks consent and duplicates when the slip is entered
function volunteerOf(order: OrderLine): PersonCell {
  return order.volunteer ? { ...NOBODY, text: order.volunteer_name ?? "" } : NOBODY;
}

/** The volunteer is the order's own, not somebody named by hand. */
export function isOrdersVolunteer(slip: SlipEntry): boolean {
  return (
    slip.order?.volunteer != null &&
    slip.volunteer.person === null &&
    !slip.volunteer.looking &&
    slip.volunteer.text === (slip.order.volunteer_name ?? "")
  );
}

/** The slip serves this person; day, service and payer are taken over from the slip above where they are empty. */
export function served(slip: SlipEntry, cell: PersonCell, above: SlipEntry | undefined): SlipEntry {
  const before = above !== undefined && above.order === null ? above : undefined;
  return {
    ...slip,
    beneficiary: cell,
    refused: null,
    ...(slip.serviceType === null && slip.serviceText === "" && before !== undefined
      ? { serviceType: before.serviceType, serviceText: before.serviceText }
      : {}),
    ...(slip.day === "" && before !== undefined ? { day: before.day, payer: before.payer } : {}),
  };
}

export function servedChoice(
  slip: SlipEntry,
  choice: ResidentChoice,
  above: SlipEntry | undefined,
): SlipEntry {
  return served(slip, chosenPerson(choice), above);
}

/** A time as typed becomes `09:05` where it is one. */
export function timeOf(typed: string): string {
  return readTime(typed) ?? typed;
}

/** The type that a text means: its code, or a name that only one has. */
export function typeFor(text: string, types: readonly ServiceTypeLine[]): ServiceTypeLine | undefined {
  const asked = cleanCell(text).toLowerCase();
  const coded = types.find(
    (type) => type.code.toLowerCase() === asked || typeWords(type).toLowerCase() === asked,
  );
  const named = types.filter((type) => type.name.toLowerCase().includes(asked));
  return coded ?? (asked !== "" && named.length === 1 ? named[0] : undefined);
}

export function typeWords(type: ServiceTypeLine): string {
  return `${type.code} ${type.name}`;
}

/** Minutes of service, once both times are there. */
export function workedMin(slip: SlipEntry): number | null {
  const from = readTime(slip.signedIn);
  const to = readTime(slip.signedOut);
  return from === null || to === null ? null : minutesBetween(from, to);
}

/** What a slip is, and what it lacks. `twice` names the row that has the same order already. */
export function slipVerdict(slip: SlipEntry, today: string, twice: number | undefined): SlipVerdict {
  if (isEmptySlip(slip)) return { state: "empty", words: "" };
  if (slip.refused !== null) return { state: "refused", words: slip.refused };
  if (slip.looking) return { state: "looking", words: "正在查单号" };
  if (slip.orderProblem !== null) return { state: "unknown", words: slip.orderProblem };
  if (twice !== undefined) return { state: "unknown", words: `与第 ${twice + 1} 行是同一张单` };
  return unordered(slip, today) ?? volunteerGap(slip) ?? timesVerdict(slip);
}

function unordered(slip: SlipEntry, today: string): SlipVerdict | undefined {
  if (slip.order !== null) return undefined;
  const who = personVerdict(slip.beneficiary, "请填单号，没有单号的填服务对象");
  if (who !== undefined) return who;
  if (slip.serviceType === null)
    return { state: "open", words: slip.serviceText ? "没有这个服务项目" : "请填服务项目" };
  if (readDay(slip.day, today) === null)
    return { state: "open", words: slip.day ? "日期看不懂" : "请填哪一天" };
  if (slip.day > today) return { state: "open", words: "日期还没有到" };
  return undefined;
}

function volunteerGap(slip: SlipEntry): SlipVerdict | undefined {
  return isOrdersVolunteer(slip) ? undefined : personVerdict(slip.volunteer, "请填志愿者");
}

function personVerdict(cell: PersonCell, missing: string): SlipVerdict | undefined {
  if (cell.person !== null) return cell.blocked === null ? undefined : { state: "open", words: cell.blocked };
  const gap = personGap(cell);
  return gap.state === "empty" ? { state: "open", words: missing } : { state: gap.state, words: gap.words };
}

function timesVerdict(slip: SlipEntry): SlipVerdict {
  if (readTime(slip.signedIn) === null)
    return { state: "open", words: slip.signedIn ? "签到时间看不懂" : "请填签到" };
  if (readTime(slip.signedOut) === null)
    return { state: "open", words: slip.signedOut ? "签退时间看不懂" : "请填签退" };
  const minutes = workedMin(slip);
  if (minutes === null) return { state: "open", words: "签退要晚于签到" };
  if (minutes > SERVICE_MAX_MIN) return { state: "open", words: "超过 12 小时，请核对" };
  if (slip.volunteerSigned && slip.beneficiarySigned) return { state: "ready", words: "可以录入" };
  return { state: "half", words: "缺签字，录入后待确认" };
}

/** A verdict for each slip, in order. */
export function slipVerdicts(slips: readonly SlipEntry[], today: string): SlipVerdict[] {
  const first = new Map<string, number>();
  return slips.map((slip, index) => {
    const id = slip.order?.order;
    const twice = id === undefined ? undefined : first.get(id);
    if (id !== undefined && twice === undefined) first.set(id, index);
    return slipVerdict(slip, today, twice);
  });
}

export const SLIP_TONES: Readonly<Record<SlipState, Omit<GridVerdict, "words">>> = {
  empty: { tone: "quiet", open: false },
  looking: { tone: "quiet", open: false },
  open: { tone: "wait", open: true },
  choose: { tone: "wait", open: true, wash: "wait" },
  unknown: { tone: "fault", open: true, wash: "fault" },
  refused: { tone: "fault", open: true },
  ready: { tone: "good", open: false },
  half: { tone: "good", open: false },
};

/** A slip that lacks nothing, as the program takes it. */
export function slipRow(slip: SlipEntry): SlipRow {
  const own =
    slip.order !== null
      ? { order: slip.order.order }
      : {
          beneficiary: slip.beneficiary.person?.id ?? null,
          service_type: slip.serviceType,
          day: slip.day,
          payer: slip.payer,
        };
  return {
    ...own,
    volunteer: slip.volunteer.person?.id ?? null,
    signed_in: readTime(slip.signedIn) ?? "",
    signed_out: readTime(slip.signedOut) ?? "",
    volunteer_signed: slip.volunteerSigned,
    beneficiary_signed: slip.beneficiarySigned,
  };
}

/** Both, one or none: as words, and the next of them when Space is pressed. */
export const SIGNATURES = ["双方", "志愿者", "对象", "无"] as const;

export function signatures(slip: SlipEntry): (typeof SIGNATURES)[number] {
  if (slip.volunteerSigned) return slip.beneficiarySigned ? "双方" : "志愿者";
  return slip.beneficiarySigned ? "对象" : "无";
}

export function withSignatures(slip: SlipEntry, words: (typeof SIGNATURES)[number]): SlipEntry {
  return {
    ...slip,
    refused: null,
    volunteerSigned: words === "双方" || words === "志愿者",
    beneficiarySigned: words === "双方" || words === "对象",
  };
}

export function readSignatures(typed: string): (typeof SIGNATURES)[number] | null {
  const plain = cleanCell(typed);
  if (/^(双方|都签|齐全|齐|是|√|1)$/.test(plain)) return "双方";
  if (/^(无|没有|都没签|否|×|0)$/.test(plain)) return "无";
  return SIGNATURES.find((each) => each === plain) ?? (plain === "服务对象" ? "对象" : null);
}

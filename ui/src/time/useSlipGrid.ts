import { computed, ref, type Ref } from "vue";
import { ask } from "@/backend/backend";
import type { OrderLine, ResidentChoice, ServiceTypeLine } from "@/backend/contract";
import type { FaultError } from "@/backend/port";
import { readDay } from "@/format/readings";
import { duration, shortDay } from "@/format/words";
import { VERDICT_COLUMN, type CellEdit, type GridColumn } from "@/grid/column";
import type { GridMode } from "@/grid/gridKeys";
import type { Found } from "@/grid/useChoices";
import { useKeyGrid } from "@/grid/useKeyGrid";
import { findPeople } from "@/residents/findPeople";
import { chosenPerson, typedPerson, type PersonCell } from "@/residents/personCell";
import { laySlips, readSlips, type SlipColumn } from "./slipPaste";
import {
  emptySlip,
  isEmptySlip,
  isNumber,
  numbered,
  readSignatures,
  served,
  SIGNATURES,
  signatures,
  SLIP_TONES,
  slipVerdicts,
  SLIPS_MAX,
  timeOf,
  typeFor,
  typeWords,
  withOrder,
  withSignatures,
  workedMin,
  type SlipEntry,
} from "./slips";
import { useSlipLookups } from "./useSlipLookups";
import { PAYER_SHORT } from "./words";

/** What the list under a cell offers. */
export type SlipChoice =
  | { kind: "order"; order: OrderLine; problem: string | null }
  | { kind: "person"; person: ResidentChoice }
  | { kind: "type"; type: ServiceTypeLine };

export interface SlipContext {
  rows: Ref<SlipEntry[]>;
  types: Ref<readonly ServiceTypeLine[]>;
  today: string;
  focus: (mode: GridMode) => void;
  tell: (text: string) => void;
}

type Edit = CellEdit<SlipEntry, SlipChoice>;

/** What stands in an order already is not typed again. */
const fromOrder = (slip: SlipEntry): "stop" | "locked" => (slip.number.trim() === "" ? "stop" : "locked");

async function peopleFor(text: string): Promise<Found<SlipChoice>> {
  const found = await findPeople(text);
  return { choices: found.choices.map((person) => ({ kind: "person", person })), more: found.more };
}

async function orderFor(text: string): Promise<Found<SlipChoice>> {
  if (!isNumber(text)) return { choices: [], more: false };
  const { lines } = await ask("resolve_orders", { numbers: [text] });
  const order = lines[0]?.order;
  const problem = lines[0]?.problem ?? null;
  return { choices: order ? [{ kind: "order", order, problem }] : [], more: false };
}

function asPeople(cell: PersonCell): SlipChoice[] {
  const open = cell.person === null && !cell.looking;
  return open ? cell.candidates.map((person) => ({ kind: "person", person })) : [];
}

function retried(cell: PersonCell): PersonCell | undefined {
  const lost = cell.person === null && cell.text !== "" && !cell.looking && cell.problem !== null;
  return lost ? typedPerson(cell.text) : undefined;
}

/** The grid of returned slips. What the rows mean stands in slips.ts. */
export function useSlipGrid(context: SlipContext) {
  const { rows, types, today } = context;
  const fault = ref<FaultError>();
  const verdicts = computed(() => slipVerdicts(rows.value, today));
  const lookUp = useSlipLookups(rows, (now) => (fault.value = now));

  /** The slip above, whose day, service and payer the next one without an order takes over. */
  const above = (slip: SlipEntry): SlipEntry | undefined =>
    rows.value[rows.value.findIndex((each) => each.key === slip.key) - 1];

  function withType(slip: SlipEntry, text: string): SlipEntry {
    const type = typeFor(text, types.value);
    return {
      ...slip,
      refused: null,
      serviceText: type ? typeWords(type) : text,
      serviceType: type?.service_type ?? null,
    };
  }

  const number: Edit = {
    text: (slip) => slip.number,
    take: numbered,
    find: orderFor,
    choose: (slip, choice) =>
      choice.kind === "order" ? withOrder(slip, choice.order, choice.problem) : slip,
    retry: (slip) =>
      slip.number !== "" && slip.order === null && !slip.looking ? numbered(slip, slip.number) : undefined,
  };
  const beneficiary: Edit = {
    text: (slip) => slip.beneficiary.text,
    take: (slip, typed) => served(slip, typedPerson(typed), above(slip)),
    find: peopleFor,
    ambiguous: (slip) => asPeople(slip.beneficiary),
    choose: (slip, choice) =>
      choice.kind === "person" ? served(slip, chosenPerson(choice.person), above(slip)) : slip,
    retry: (slip) => {
      const cell = retried(slip.beneficiary);
      return cell && { ...slip, beneficiary: cell };
    },
    place: fromOrder,
  };
  const service: Edit = {
    text: (slip) => slip.serviceText,
    take: withType,
    find: (text) => Promise.resolve(typesLike(text)),
    all: () => types.value.map((type) => ({ kind: "type", type })),
    choose: (slip, choice) => (choice.kind === "type" ? withType(slip, typeWords(choice.type)) : slip),
    fill: (slip, source) =>
      fromOrder(slip) === "locked"
        ? slip
        : { ...slip, serviceText: source.serviceText, serviceType: source.serviceType },
    place: (slip) => (slip.serviceType !== null ? "pass" : fromOrder(slip)),
  };
  const day: Edit = {
    text: (slip) => slip.day,
    take: (slip, typed) => ({ ...slip, refused: null, day: readDay(typed, today) ?? typed }),
    fill: (slip, source) => (fromOrder(slip) === "locked" ? slip : { ...slip, day: source.day }),
    place: (slip) => (fromOrder(slip) === "locked" ? "locked" : slip.day === "" ? "stop" : "pass"),
    numeric: true,
  };
  const payer: Edit = {
    text: (slip) => PAYER_SHORT[slip.payer],
    take: (slip, typed) => {
      if (/本人|自己|个人/.test(typed)) return { ...slip, refused: null, payer: "own" };
      if (/准备金|镇/.test(typed)) return { ...slip, refused: null, payer: "reserve" };
      return "由谁付：按空格在“本人”和“准备金”之间换。";
    },
    toggle: (slip) => ({ ...slip, refused: null, payer: slip.payer === "own" ? "reserve" : "own" }),
    fill: (slip, source) => (fromOrder(slip) === "locked" ? slip : { ...slip, payer: source.payer }),
    place: (slip) => (fromOrder(slip) === "locked" ? "locked" : "pass"),
  };
  const volunteer: Edit = {
    text: (slip) => slip.volunteer.text,
    take: (slip, typed) => ({ ...slip, refused: null, volunteer: typedPerson(typed) }),
    find: peopleFor,
    ambiguous: (slip) => asPeople(slip.volunteer),
    choose: (slip, choice) =>
      choice.kind === "person" ? { ...slip, refused: null, volunteer: chosenPerson(choice.person) } : slip,
    retry: (slip) => {
      const cell = retried(slip.volunteer);
      return cell && { ...slip, volunteer: cell };
    },
    fill: (slip, source) => ({ ...slip, refused: null, volunteer: source.volunteer }),
    place: (slip) => (slip.volunteer.text !== "" && slip.volunteer.candidates.length === 0 ? "pass" : "stop"),
  };
  const signedIn = timeEdit("signedIn");
  const signedOut = timeEdit("signedOut");
  const signed: Edit = {
    text: signatures,
    take: (slip, typed) => {
      const words = readSignatures(typed);
      return words === null ? "签字：按空格在“双方、志愿者、对象、无”之间换。" : withSignatures(slip, words);
    },
    toggle: (slip) => {
      const next = SIGNATURES[(SIGNATURES.indexOf(signatures(slip)) + 1) % SIGNATURES.length];
      return withSignatures(slip, next ?? "双方");
    },
    fill: (slip, source) => withSignatures(slip, signatures(source)),
    // Enter stops here although it says 双方: whoever enters a slip looks at its signatures
  };

  function timeEdit(which: "signedIn" | "signedOut"): Edit {
    return {
      text: (slip) => slip[which],
      take: (slip, typed) => ({ ...slip, refused: null, [which]: timeOf(typed) }),
      fill: (slip, source) => ({ ...slip, refused: null, [which]: source[which] }),
      numeric: true,
    };
  }

  function typesLike(text: string): Found<SlipChoice> {
    const asked = text.trim().toLowerCase();
    const fits = types.value.filter((type) => typeWords(type).toLowerCase().includes(asked));
    return { choices: fits.map((type) => ({ kind: "type", type })), more: false };
  }

  const edits: Readonly<Record<SlipColumn, Edit>> = {
    number,
    beneficiary,
    service,
    day,
    payer,
    volunteer,
    signedIn,
    signedOut,
    signed,
  };
  const columns = slipColumns(edits, today);
  const order = Object.keys(edits) as SlipColumn[];

  function write(
    slip: SlipEntry,
    column: SlipColumn,
    text: string,
    before: SlipEntry | undefined,
  ): SlipEntry {
    if (column === "beneficiary") return served(slip, typedPerson(text), before);
    if (edits[column].place?.(slip) === "locked") return slip;
    const next = edits[column].take(slip, text);
    return typeof next === "string" ? slip : next;
  }

  const grid = useKeyGrid<SlipEntry, SlipChoice>({
    rows,
    columns,
    isEmpty: isEmptySlip,
    empty: emptySlip,
    enter: "across",
    verdicts: computed(() => verdicts.value.map(({ state, words }) => ({ ...SLIP_TONES[state], words }))),
    lookUp: () => void lookUp(),
    paste: (clipboard, at) => {
      const many = /[\t\n]/.test(clipboard.trim());
      if (!many) return null;
      const block = readSlips(clipboard, order, at.column as SlipColumn);
      const { slips, laid } = laySlips(rows.value, block, at.row, write);
      if (laid < block.rows.length) {
        context.tell(
          `一次最多录 ${SLIPS_MAX} 张，粘贴的 ${block.rows.length} 行收下了 ${laid} 行。其余的请另录一次。`,
        );
      }
      return laid === 0 ? null : { rows: slips, goTo: at.row + laid };
    },
    copy: (slip) =>
      columns.filter((each) => each.key !== VERDICT_COLUMN).map((each) => each.text?.(slip) ?? ""),
    noFill: "单号和服务对象各行不同，不向下填充。",
    focus: context.focus,
    tell: context.tell,
  });

  return { grid, verdicts, fault, lookUp };
}

function slipColumns(
  edits: Readonly<Record<SlipColumn, Edit>>,
  today: string,
): GridColumn<SlipEntry, SlipChoice>[] {
  return [
    { key: "number", title: "单号", width: 6.5, grow: 0.7, text: (slip) => slip.number, edit: edits.number },
    {
      key: "beneficiary",
      title: "对象",
      width: 4.25,
      grow: 0.6,
      text: (slip) => slip.order?.beneficiary_name ?? slip.beneficiary.text,
      edit: edits.beneficiary,
    },
    {
      key: "service",
      title: "服务项目",
      width: 5,
      grow: 1,
      text: (slip) => slip.order?.service ?? slip.serviceText,
      edit: edits.service,
    },
    {
      key: "day",
      title: "日期",
      width: 3.75,
      grow: 0.3,
      text: (slip) => shortDay(slip.order?.day ?? slip.day, today),
      edit: edits.day,
    },
    {
      key: "payer",
      title: "付方",
      width: 3.75,
      text: (slip) => {
        if (slip.order !== null) return PAYER_SHORT[slip.order.payer];
        return isEmptySlip(slip) || slip.number !== "" ? "" : PAYER_SHORT[slip.payer];
      },
      edit: edits.payer,
    },
    {
      key: "volunteer",
      title: "志愿者",
      width: 4.25,
      grow: 0.6,
      text: (slip) => slip.volunteer.text,
      edit: edits.volunteer,
    },
    { key: "signedIn", title: "签到", width: 3.5, text: (slip) => slip.signedIn, edit: edits.signedIn },
    { key: "signedOut", title: "签退", width: 3.5, text: (slip) => slip.signedOut, edit: edits.signedOut },
    {
      key: "signed",
      title: "签字",
      width: 3.5,
      text: (slip) => (isEmptySlip(slip) ? "" : signatures(slip)),
      edit: edits.signed,
    },
    {
      key: "minutes",
      title: "时长",
      width: 6.75,
      align: "right",
      hideBelow: 54,
      text: (slip) => {
        const minutes = workedMin(slip);
        return minutes === null ? "" : duration(minutes);
      },
    },
    { key: VERDICT_COLUMN, title: "核对", width: 5.75, grow: 1 },
  ];
}

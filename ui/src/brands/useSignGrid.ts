import { computed, ref, type Ref } from "vue";
import type { ResidentChoice } from "@/backend/contract";
import type { FaultError } from "@/backend/port";
import { VERDICT_COLUMN, type GridColumn } from "@/grid/column";
import type { GridMode } from "@/grid/gridKeys";
import { withEmptyEnd } from "@/grid/rows";
import { useKeyGrid, type Pasted } from "@/grid/useKeyGrid";
import { readPeople } from "@/points/paste";
import { findPeople } from "@/residents/findPeople";
import { chosenPerson, settledPerson } from "@/residents/personCell";
import { resolveRows } from "@/residents/resolveRows";
import {
  emptySign,
  insertLines,
  isEmptySign,
  isUnknown,
  PEOPLE_MAX,
  signNamed,
  signVerdicts,
  toSign,
  withGuest,
  type SignRow,
} from "./signRows";

export interface SignContext {
  rows: Ref<SignRow[]>;
  /** Residents on the list already. */
  signed: Ref<ReadonlySet<string>>;
  /** People on the list already, guests among them. */
  already: Ref<number>;
  focus: (mode: GridMode) => void;
  tell: (text: string) => void;
}

/** The grid of a sign-in list: residents by name, pasted lines, guests. What the rows mean stands in signRows.ts. */
export function useSignGrid({ rows, signed, already, focus, tell }: SignContext) {
  const fault = ref<FaultError>();
  const verdicts = computed(() => signVerdicts(rows.value, signed.value));

  const columns: GridColumn<SignRow, ResidentChoice>[] = [
    {
      key: "name",
      title: "姓名、拼音或户号",
      width: 9,
      grow: 1.2,
      text: (row) => row.text,
      edit: {
        text: (row) => row.text,
        take: signNamed,
        find: findPeople,
        ambiguous: (row) => (row.person === null && !row.looking && !row.guest ? row.candidates : []),
        choose: (row, choice) => ({ ...row, ...chosenPerson(choice), refused: null, guest: false }),
        retry: (row) => (isUnknown(row) ? { ...row, looking: true, problem: null } : undefined),
      },
    },
    {
      key: "guest",
      title: "来宾",
      width: 4,
      text: (row) => (row.guest ? "✓ 来宾" : ""),
      edit: {
        text: (row) => (row.guest ? "来宾" : ""),
        take: (row, typed) => withGuest(row, typed !== ""),
        toggle: (row) => withGuest(row, !row.guest),
        fill: (row, source) => withGuest(row, source.guest),
        place: (row) => (row.person !== null || isEmptySign(row) ? "locked" : "pass"),
      },
    },
    {
      key: "person",
      title: "性别年龄",
      width: 5.5,
      hideBelow: 50,
      text: (row) => (row.person ? `${row.person.sex} ${row.person.age ?? "—"} 岁` : ""),
    },
    {
      key: "village",
      title: "村社",
      width: 5.5,
      grow: 1,
      hideBelow: 40,
      text: (row) => row.person?.village_name ?? "",
    },
    {
      key: "household",
      title: "户号",
      width: 7,
      hideBelow: 50,
      text: (row) => row.person?.household_number ?? "",
    },
    { key: VERDICT_COLUMN, title: "核对", width: 9, grow: 1.6 },
  ];

  /** Answers every row that was typed or pasted and not answered yet. */
  async function lookUp(): Promise<void> {
    const asked = rows.value.filter((row) => row.looking && row.person === null);
    const texts = new Map(asked.map((row) => [row.key, row.text]));
    if (asked.length === 0) return;
    fault.value = await resolveRows(rows, {
      asked,
      line: (row) => row.text,
      context: {},
      answer: (row, line) => ({
        ...row,
        ...settledPerson(row, texts.get(row.key) ?? "", line?.candidates ?? [], line?.problem ?? null),
      }),
      unanswered: (row) => ({ ...row, looking: false, problem: "没有查到，请在这一格按 Enter 再查" }),
    });
  }

  const filled = (list: readonly SignRow[]): number => list.filter((row) => !isEmptySign(row)).length;

  function inserted(lines: readonly string[], at: number): Pasted<SignRow> {
    const room = PEOPLE_MAX - already.value - filled(rows.value);
    if (lines.length > room)
      tell(`一场活动最多签到 ${PEOPLE_MAX} 人，这次的 ${lines.length} 行收下了 ${Math.max(0, room)} 行。`);
    const next = insertLines(rows.value, at, lines, room);
    return { rows: next, goTo: at + Math.min(lines.length, Math.max(0, room)) };
  }

  const grid = useKeyGrid<SignRow, ResidentChoice>({
    rows,
    columns,
    isEmpty: isEmptySign,
    empty: emptySign,
    enter: "down",
    verdicts,
    lookUp: () => void lookUp(),
    paste: (clipboard, at) => {
      const people = readPeople(clipboard).map((person) => person.text);
      if (people.length === 0 || (people.length === 1 && at.editing)) return null;
      return inserted(people, at.row);
    },
    copy: (row) => [
      row.text,
      row.guest ? "来宾" : "",
      row.person?.village_name ?? "",
      row.person?.household_number ?? "",
    ],
    noFill: "Ctrl+D 向下填充用在“来宾”一列。",
    focus,
    tell,
  });

  /** Lines of a file go in at the end. */
  function add(lines: readonly string[]): void {
    const took = inserted(lines, filled(rows.value));
    rows.value = withEmptyEnd(took.rows, isEmptySign, emptySign);
    void lookUp();
    grid.goTo(took.goTo, "name");
  }

  /** Everybody the roster does not know becomes a guest. */
  function unknownAsGuests(): void {
    rows.value = rows.value.map((row) => (isUnknown(row) ? withGuest(row, true) : row));
  }

  return {
    grid,
    fault,
    lookUp,
    add,
    unknownAsGuests,
    chosen: computed(() => toSign(rows.value, signed.value)),
    open: computed(() => verdicts.value.filter((each) => each.open).length),
    looking: computed(() => rows.value.filter((row) => row.looking).length),
    unknown: computed(() => rows.value.filter(isUnknown).length),
  };
}

import { computed, type Ref } from "vue";
import type { ResidentChoice } from "@/backend/contract";
import { VERDICT_COLUMN, type GridColumn, type GridVerdict } from "@/grid/column";
import type { GridMode } from "@/grid/gridKeys";
import { useKeyGrid, type Pasted } from "@/grid/useKeyGrid";
import { findPeople } from "@/residents/findPeople";
import {
  choose,
  emptyRow,
  insertPeople,
  isEmpty,
  named,
  ROWS_MAX,
  rowPoints,
  sum,
  verdicts,
  withUnits,
  type EntryRow,
  type RowState,
} from "./grid";
import { readPeople, readUnits } from "./paste";
import { useLookups, type LookupContext } from "./useLookups";
import { VERDICT_TONES } from "./verdictTones";

const OPEN_STATES: readonly RowState[] = ["choose", "unknown", "blocked", "refused", "twice"];
const WASHES: Partial<Record<RowState, GridVerdict["wash"]>> = { choose: "wait", unknown: "fault" };

export interface GridContext extends LookupContext {
  rows: Ref<EntryRow[]>;
  /** Units of a new row. */
  units: Ref<number>;
  focus: (mode: GridMode) => void;
  tell: (text: string) => void;
}

/** The grid of the people who took part. What the rows mean stands in grid.ts. */
export function useEntryGrid(context: GridContext) {
  const { rows, rule, units } = context;
  const lookups = useLookups(rows, context);
  const rowVerdicts = computed(() => verdicts(rows.value, rule.value ?? null));

  const columns: GridColumn<EntryRow, ResidentChoice>[] = [
    {
      key: "name",
      title: "姓名、拼音或户号",
      width: 8,
      grow: 1.2,
      text: (row) => row.text,
      edit: {
        text: (row) => row.text,
        take: named,
        find: findPeople,
        ambiguous: (row) => (row.person === null && !row.looking ? row.candidates : []),
        choose,
        retry: (row) =>
          row.person === null && row.text !== "" && !row.looking
            ? { ...row, looking: true, problem: null }
            : undefined,
      },
    },
    {
      key: "units",
      title: "数量",
      width: 4,
      align: "right",
      text: (row) => (isEmpty(row) ? "" : String(row.units)),
      edit: {
        text: (row) => String(row.units),
        take: (row, typed) => {
          const wanted = readUnits(typed);
          return wanted === null ? "数量填 1 到 99 的整数，已保留原来的数。" : withUnits(row, wanted);
        },
        fill: (row, source) => withUnits(row, source.units),
        numeric: true,
      },
    },
    {
      key: "points",
      title: "积分",
      width: 4.5,
      align: "right",
      text: (row) => (row.person && rule.value ? `${rowPoints(row, rule.value)} 分` : ""),
    },
    {
      key: "person",
      title: "性别年龄",
      width: 5.5,
      hideBelow: 56,
      text: (row) => (row.person ? `${row.person.sex} ${row.person.age ?? "—"} 岁` : ""),
    },
    {
      key: "village",
      title: "村社",
      width: 5.5,
      grow: 1,
      hideBelow: 44,
      text: (row) => row.person?.village_name ?? "",
    },
    {
      key: "household",
      title: "户号",
      width: 7,
      hideBelow: 56,
      text: (row) => row.person?.household_number ?? "",
    },
    { key: VERDICT_COLUMN, title: "核对", width: 8, grow: 1.6 },
  ];

  /** Pasted people go in at the row and nothing is overwritten. */
  function pastePeople(clipboard: string, at: number, editing: boolean): Pasted<EntryRow> | null {
    const people = readPeople(clipboard);
    if (people.length === 0 || (people.length === 1 && editing)) return null;
    const filled = (list: EntryRow[]) => list.filter((each) => !isEmpty(each)).length;
    const next = insertPeople(rows.value, at, people, units.value);
    const added = filled(next) - filled(rows.value);
    if (added < people.length) {
      context.tell(
        `一次最多记 ${ROWS_MAX} 人，粘贴的 ${people.length} 行收下了 ${added} 行。其余的请另记一次。`,
      );
    }
    return { rows: next, goTo: at + added };
  }

  function pasteUnits(clipboard: string, at: number): Pasted<EntryRow> | null {
    const values = clipboard.trim().split(/\r?\n/).map(readUnits);
    if (values.length < 2 || values.some((value) => value === null)) return null;
    const next = rows.value.map((each, index) => {
      const value = values[index - at];
      return value === undefined || value === null || isEmpty(each) ? each : withUnits(each, value);
    });
    return { rows: next, goTo: at };
  }

  const grid = useKeyGrid<EntryRow, ResidentChoice>({
    rows,
    columns,
    isEmpty,
    empty: () => emptyRow(units.value),
    enter: "down",
    verdicts: computed(() =>
      rowVerdicts.value.map(({ state, words }) => ({
        tone: VERDICT_TONES[state],
        words,
        open: OPEN_STATES.includes(state),
        wash: WASHES[state],
      })),
    ),
    lookUp: () => void lookups.lookUp(),
    picked: (key) => void lookups.recheck(new Set([key])),
    paste: (clipboard, at) =>
      at.column === "units" ? pasteUnits(clipboard, at.row) : pastePeople(clipboard, at.row, at.editing),
    copy: (row) => [row.text, row.units, row.person?.village_name ?? "", row.person?.household_number ?? ""],
    noFill: "Ctrl+D 向下填充用在“数量”一列：每人只记一行，姓名不填充。",
    focus: context.focus,
    tell: context.tell,
  });

  return {
    grid,
    total: computed(() => sum(rows.value, rule.value ?? null)),
    lookFault: lookups.fault,
    recheck: lookups.recheck,
    lookUp: lookups.lookUp,
  };
}

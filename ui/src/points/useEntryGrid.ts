import { computed, nextTick, ref, type Ref } from "vue";
import type { ResidentChoice } from "@/backend/contract";
import type { FaultError } from "@/backend/port";
import {
  choose,
  fillUnitsDown,
  insertPeople,
  isEmpty,
  removeRows,
  ROWS_MAX,
  sum,
  verdicts,
  withEmptyEnd,
  type EntryRow,
  type RowState,
} from "./grid";
import { gridAction, type GridAction, type GridMode } from "./keys";
import { readPeople, readUnits } from "./paste";
import { useCandidates } from "./useCandidates";
import { useLookups, type LookupContext } from "./useLookups";

/** The two columns one writes into. */
export type GridColumn = "name" | "units";

const COLUMNS: readonly GridColumn[] = ["name", "units"];
// a step back holds only references to rows, so that fifty cost little
const STEPS_BACK = 50;
const OPEN_STATES: readonly RowState[] = ["choose", "unknown", "blocked", "refused", "twice"];

export interface GridContext extends LookupContext {
  rows: Ref<EntryRow[]>;
  /** Units of a new row. */
  units: Ref<number>;
  /** Brings the cursor's field into view and gives it the keys; selects its text unless one edits. */
  focus: (mode: GridMode) => void;
  /** Says something without stopping the work. */
  tell: (text: string) => void;
}

/** The entry grid: cursor, range, typing, pasting, undoing. What the rows mean stands in grid.ts. */
export function useEntryGrid(context: GridContext) {
  const { rows, rule, units, focus } = context;
  const row = ref(0);
  const column = ref<GridColumn>("name");
  const anchor = ref(0);
  const mode = ref<GridMode>("move");
  const text = ref("");
  const past: EntryRow[][] = [];
  const candidates = useCandidates();
  const lookups = useLookups(rows, context);

  const rowVerdicts = computed(() => verdicts(rows.value, rule.value ?? null));
  const total = computed(() => sum(rows.value, rule.value ?? null));
  const range = computed(() => ({
    from: Math.min(row.value, anchor.value),
    to: Math.max(row.value, anchor.value),
  }));
  const lookFault: Ref<FaultError | undefined> = lookups.fault;

  const current = () => rows.value[row.value];
  const cellText = () => {
    const here = current();
    if (here === undefined) return "";
    return column.value === "name" ? here.text : String(here.units);
  };

  function keepStep(): void {
    past.push(rows.value);
    if (past.length > STEPS_BACK) past.shift();
  }

  function change(at: number, next: (row: EntryRow) => EntryRow): void {
    rows.value = withEmptyEnd(
      rows.value.map((each, index) => (index === at ? next(each) : each)),
      units.value,
    );
  }

  /** Takes what was typed into the row. */
  function leaveCell(): void {
    const typed = text.value.trim();
    if (mode.value === "edit" && typed !== cellText()) {
      keepStep();
      if (column.value === "units") takeUnits(typed);
      else takeName(typed);
    }
    candidates.close();
    mode.value = "move";
  }

  function takeUnits(typed: string): void {
    const wanted = readUnits(typed);
    if (wanted === null) context.tell("数量填 1 到 99 的整数，已保留原来的数。");
    else change(row.value, (each) => ({ ...each, units: wanted, refused: null }));
  }

  function takeName(typed: string): void {
    change(row.value, (each) => ({
      ...each,
      text: typed,
      person: null,
      blocked: null,
      refused: null,
      headroomPoints: null,
      candidates: [],
      problem: null,
      looking: typed !== "",
    }));
    void lookups.lookUp();
  }

  /** Puts the cursor on a cell. */
  function goTo(nextRow: number, nextColumn: GridColumn, extend = false): void {
    leaveCell();
    row.value = Math.max(0, Math.min(nextRow, rows.value.length - 1));
    column.value = nextColumn;
    if (!extend) anchor.value = row.value;
    text.value = cellText();
    void nextTick(() => focus("move"));
  }

  function typed(value: string, composing: boolean): void {
    text.value = value;
    mode.value = "edit";
    if (column.value === "name" && !composing) candidates.typed(value);
  }

  function pick(choice: ResidentChoice, then: "next" | "right"): void {
    keepStep();
    const key = current()?.key;
    change(row.value, (each) => choose(each, choice));
    text.value = cellText();
    mode.value = "move";
    if (key !== undefined) void lookups.recheck(new Set([key]));
    if (then === "next") goTo(row.value + 1, "name");
    else goTo(row.value, "units");
  }

  /** Opens the choice of a row that could mean several people, or searches its text anew. */
  function openList(): void {
    const here = current();
    if (column.value !== "name" || here === undefined || isEmpty(here)) return;
    if (here.candidates.length > 0) candidates.show(here.candidates, here.text);
    else candidates.typed(here.text);
  }

  function next(back: boolean): void {
    const here = current();
    const state = rowVerdicts.value[row.value]?.state;
    if (!back && mode.value === "move" && column.value === "name" && here !== undefined) {
      if (state === "choose") return openList();
      if (state === "unknown") {
        change(row.value, (each) => ({ ...each, looking: true, problem: null }));
        void lookups.lookUp();
      }
    }
    goTo(row.value + (back ? -1 : 1), column.value);
  }

  function act(action: GridAction): void {
    switch (action.does) {
      case "move": {
        const to = COLUMNS[COLUMNS.indexOf(column.value) + action.columns] ?? column.value;
        return goTo(row.value + action.rows, to, action.extend);
      }
      case "edge":
        return goTo(action.row === "first" ? 0 : rows.value.length - 1, column.value, action.extend);
      case "next":
        return next(action.back);
      case "candidate":
        return candidates.step(action.step);
      case "pick": {
        const choice = candidates.list.value[candidates.at.value];
        if (choice !== undefined) pick(choice, action.then);
        return;
      }
      case "edit":
        mode.value = "edit";
        return focus("edit");
      case "openList":
        return openList();
      case "cancel":
        candidates.close();
        mode.value = "move";
        text.value = cellText();
        void nextTick(() => focus("move"));
        return;
      case "removeRows":
        return remove(range.value.from, range.value.to);
      case "fillDown":
        return fillDown();
      case "undo":
        return undo();
    }
  }

  /** True when the key was the grid's. */
  function pressed(event: KeyboardEvent): boolean {
    const fits = candidates.open.value && (mode.value === "move" || candidates.answers.value === text.value);
    const action = gridAction(event, mode.value, fits);
    if (action === null) return false;
    act(action);
    return true;
  }

  function remove(from: number, to: number): void {
    if (rows.value.slice(from, to + 1).every(isEmpty)) return;
    keepStep();
    candidates.close();
    mode.value = "move";
    rows.value = removeRows(rows.value, from, to, units.value);
    goTo(from, "name");
  }

  function fillDown(): void {
    if (column.value !== "units")
      return context.tell("Ctrl+D 向下填充用在“数量”一列：每人只记一行，姓名不填充。");
    leaveCell();
    keepStep();
    const { from, to } = range.value;
    const end = from === to ? rows.value.length - 1 : to;
    rows.value = fillUnitsDown(rows.value, from, end);
    text.value = cellText();
  }

  function undo(): void {
    const before = past.pop();
    if (before === undefined) return;
    rows.value = before;
    goTo(Math.min(row.value, before.length - 1), column.value);
  }

  /** True when the clipboard held rows and the grid took them; else the field pastes its text. */
  function pasted(clipboard: string): boolean {
    if (column.value === "units") return pastedUnits(clipboard);
    const people = readPeople(clipboard);
    if (people.length === 0 || (people.length === 1 && mode.value === "edit")) return false;
    keepStep();
    candidates.close();
    mode.value = "move";
    const before = rows.value.filter((each) => !isEmpty(each)).length;
    const at = row.value;
    rows.value = insertPeople(rows.value, at, people, units.value);
    const added = rows.value.filter((each) => !isEmpty(each)).length - before;
    if (added < people.length) {
      context.tell(
        `一次最多记 ${ROWS_MAX} 人，粘贴的 ${people.length} 行收下了 ${added} 行。其余的请另记一次。`,
      );
    }
    void lookups.lookUp();
    goTo(at + added, "name");
    return true;
  }

  function pastedUnits(clipboard: string): boolean {
    const values = clipboard.trim().split(/\r?\n/).map(readUnits);
    if (values.length < 2 || values.some((value) => value === null)) return false;
    keepStep();
    rows.value = rows.value.map((each, index) => {
      const value = values[index - row.value];
      return value === undefined || value === null || isEmpty(each)
        ? each
        : { ...each, units: value, refused: null };
    });
    mode.value = "move";
    text.value = cellText();
    return true;
  }

  /** The rows of the range as a spreadsheet takes them. */
  function copied(): string {
    return rows.value
      .slice(range.value.from, range.value.to + 1)
      .filter((each) => !isEmpty(each))
      .map((each) =>
        [each.text, each.units, each.person?.village_name ?? "", each.person?.household_number ?? ""].join(
          "\t",
        ),
      )
      .join("\r\n");
  }

  /** The next row that would not be recorded as it stands. */
  function goToOpen(): void {
    const places = rowVerdicts.value.flatMap((verdict, index) =>
      OPEN_STATES.includes(verdict.state) ? [index] : [],
    );
    const to = places.find((place) => place > row.value) ?? places[0];
    if (to === undefined) return;
    goTo(to, "name");
    if (rowVerdicts.value[to]?.state === "choose") openList();
  }

  return {
    row,
    column,
    mode,
    text,
    range,
    candidates,
    rowVerdicts,
    total,
    lookFault,
    recheck: lookups.recheck,
    lookUp: lookups.lookUp,
    goTo,
    goToOpen,
    leaveCell,
    openList,
    typed,
    pick,
    pressed,
    pasted,
    copied,
    remove,
    act,
  };
}

export type EntryGridState = ReturnType<typeof useEntryGrid>;

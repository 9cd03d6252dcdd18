import { computed, nextTick, ref, watch, type ComputedRef, type Ref } from "vue";
import type { GridColumn, GridVerdict } from "./column";
import { gridAction, type GridAction, type GridMode } from "./gridKeys";
import { withEmptyEnd, type GridRow } from "./rows";
import { useChoices } from "./useChoices";

// a step back holds only references to rows, so that fifty cost little
const STEPS_BACK = 50;

export interface KeyGridContext<Row extends GridRow, Choice> {
  /** Replaced as a whole by every change. */
  rows: Ref<Row[]>;
  columns: readonly GridColumn<Row, Choice>[];
  isEmpty: (row: Row) => boolean;
  empty: () => Row;
  /** Enter goes down the column, or right along the row and then down. */
  enter: "down" | "across";
  verdicts: ComputedRef<GridVerdict[]>;
  /** Something was typed or pasted that has to be looked up. */
  lookUp: () => void;
  /** Somebody or something was picked from the list. */
  picked?: (key: number) => void;
  /** The rows after a paste and the row to go to; null leaves the text to the cell. */
  paste: (clipboard: string, at: { row: number; column: string; editing: boolean }) => Pasted<Row> | null;
  /** A row as a spreadsheet takes it. */
  copy: (row: Row) => readonly (string | number)[];
  /** Why this column is not filled down. */
  noFill: string;
  /** Brings the cursor's field into view and gives it the keys; selects its text unless one edits. */
  focus: (mode: GridMode) => void;
  /** Says something without stopping the work. */
  tell: (text: string) => void;
}

export interface Pasted<Row> {
  rows: Row[];
  goTo: number;
}

/** An entry grid: cursor, range, typing, pasting, undoing. What rows and columns mean is the caller's. */
export function useKeyGrid<Row extends GridRow, Choice>(context: KeyGridContext<Row, Choice>) {
  const { rows, columns, isEmpty, verdicts, focus } = context;
  const written = columns.filter((each) => each.edit !== undefined);
  const row = ref(0);
  const column = ref(written[0]?.key ?? "");
  const anchor = ref(0);
  const mode = ref<GridMode>("move");
  const text = ref("");
  const past: Row[][] = [];
  /** The cell that Enter came to because it has to be filled in. */
  let arrived: { key: number; column: string } | undefined;
  const choices = useChoices<Choice>();

  const range = computed(() => ({
    from: Math.min(row.value, anchor.value),
    to: Math.max(row.value, anchor.value),
  }));

  const current = () => rows.value[row.value];
  const editOf = (key: string) => written.find((each) => each.key === key)?.edit;
  const cellText = () => {
    const here = current();
    return here === undefined ? "" : (editOf(column.value)?.text(here) ?? "");
  };
  // rows may be there before the grid: the field over the first cell shows its text
  text.value = cellText();
  const placeOf = (at: Row | undefined, key: string) =>
    at === undefined ? "locked" : (editOf(key)?.place?.(at) ?? "stop");

  // an answer of the program fills cells, also the one under the cursor: Enter goes on from there
  watch(rows, () => {
    if (mode.value === "edit") return;
    text.value = cellText();
    const here = current();
    if (here === undefined || here.key !== arrived?.key || column.value !== arrived.column) return;
    if (placeOf(here, column.value) !== "stop") step(1);
  });

  function keepStep(): void {
    past.push(rows.value);
    if (past.length > STEPS_BACK) past.shift();
  }

  function ended(next: Row[]): Row[] {
    return withEmptyEnd(next, isEmpty, context.empty);
  }

  function change(at: number, next: (row: Row) => Row): void {
    rows.value = ended(rows.value.map((each, index) => (index === at ? next(each) : each)));
  }

  /** Takes what was typed into the row. */
  function leaveCell(): void {
    const typed = text.value.trim();
    const here = current();
    const edit = editOf(column.value);
    if (mode.value === "edit" && here !== undefined && edit !== undefined && typed !== edit.text(here)) {
      const next = edit.take(here, typed);
      if (typeof next === "string") context.tell(next);
      else {
        keepStep();
        change(row.value, () => next);
        context.lookUp();
      }
    }
    choices.close();
    mode.value = "move";
  }

  /** Puts the cursor on a cell. */
  function goTo(nextRow: number, nextColumn: string, extend = false): void {
    leaveCell();
    arrived = undefined;
    row.value = Math.max(0, Math.min(nextRow, rows.value.length - 1));
    column.value = nextColumn;
    if (!extend) anchor.value = row.value;
    text.value = cellText();
    void nextTick(() => focus("move"));
  }

  function typed(value: string, composing: boolean): void {
    if (placeOf(current(), column.value) === "locked") {
      text.value = cellText();
      return;
    }
    text.value = value;
    arrived = undefined;
    mode.value = "edit";
    const find = editOf(column.value)?.find;
    if (find !== undefined && !composing) choices.typed(value, find);
  }

  function pick(choice: Choice, then: "next" | "right"): void {
    const choose = editOf(column.value)?.choose;
    const key = current()?.key;
    if (choose === undefined || key === undefined) return;
    keepStep();
    change(row.value, (each) => choose(each, choice));
    text.value = cellText();
    mode.value = "move";
    choices.close();
    context.picked?.(key);
    if (then === "next") step(1);
    else goTo(row.value, beside(1) ?? column.value);
  }

  /** Opens the choice of a cell that could mean several, all there are, or searches its text anew. */
  function openList(): void {
    const here = current();
    const edit = editOf(column.value);
    if (here === undefined || edit === undefined || placeOf(here, column.value) === "locked") return;
    const known = edit.ambiguous?.(here) ?? [];
    const all = edit.all?.() ?? [];
    if (known.length > 0) choices.show(known, edit.text(here));
    else if (all.length > 0) choices.show(all, text.value);
    else if (edit.find !== undefined) choices.typed(edit.text(here), edit.find);
  }

  /** The next column to the side that can be written into; undefined at the edge. */
  function beside(by: 1 | -1, only: readonly string[] = ["stop", "pass"]): string | undefined {
    const here = current();
    for (let at = written.findIndex((each) => each.key === column.value) + by; ; at += by) {
      const key = written[at]?.key;
      if (key === undefined || only.includes(placeOf(here, key))) return key;
    }
  }

  /** One step as Enter makes it. */
  function step(by: 1 | -1): void {
    if (context.enter === "down") return goTo(row.value + by, column.value);
    leaveCell();
    const across = beside(by, ["stop"]);
    if (across !== undefined) {
      goTo(row.value, across);
      const here = current();
      if (by === 1 && here !== undefined) arrived = { key: here.key, column: across };
      return;
    }
    const to = row.value + by;
    if (rows.value[to] === undefined) return goTo(row.value, column.value);
    const stops = written.filter((each) => placeOf(rows.value[to], each.key) === "stop");
    goTo(to, (by === 1 ? stops[0] : stops.at(-1))?.key ?? written[0]?.key ?? "");
  }

  function next(back: boolean): void {
    const here = current();
    const edit = editOf(column.value);
    if (!back && mode.value === "move" && here !== undefined) {
      if ((edit?.ambiguous?.(here) ?? []).length > 0) return openList();
      const again = edit?.retry?.(here);
      if (again !== undefined) {
        change(row.value, () => again);
        context.lookUp();
      }
    }
    step(back ? -1 : 1);
  }

  function move(rowsBy: number, columnsBy: number, extend: boolean): void {
    const to = columnsBy === 0 ? undefined : beside(columnsBy > 0 ? 1 : -1);
    goTo(row.value + rowsBy, to ?? column.value, extend);
  }

  function cancel(): void {
    choices.close();
    mode.value = "move";
    text.value = cellText();
    void nextTick(() => focus("move"));
  }

  /** False when the action is not for this cell. */
  function act(action: GridAction): boolean {
    switch (action.does) {
      case "move":
        move(action.rows, action.columns, action.extend);
        break;
      case "edge":
        goTo(action.row === "first" ? 0 : rows.value.length - 1, column.value, action.extend);
        break;
      case "next":
        next(action.back);
        break;
      case "candidate":
        choices.step(action.step);
        break;
      case "pick": {
        const choice = choices.list.value[choices.at.value];
        if (choice !== undefined) pick(choice, action.then);
        break;
      }
      case "edit":
        if (placeOf(current(), column.value) === "locked") break;
        mode.value = "edit";
        focus("edit");
        break;
      case "toggle":
        return toggle();
      case "openList":
        openList();
        break;
      case "cancel":
        cancel();
        break;
      case "removeRows":
        remove(range.value.from, range.value.to);
        break;
      case "fillDown":
        fillDown();
        break;
      case "undo":
        undo();
        break;
    }
    return true;
  }

  /** True when the key was the grid's. */
  function pressed(event: KeyboardEvent): boolean {
    if (event.key === "Tab" && !choices.open.value) {
      const to = beside(event.shiftKey ? -1 : 1);
      if (to !== undefined) goTo(row.value, to);
      return to !== undefined;
    }
    const fits = choices.open.value && (mode.value === "move" || choices.answers.value === text.value);
    const action = gridAction(event, mode.value, fits);
    return action !== null && act(action);
  }

  function toggle(): boolean {
    const change1 = editOf(column.value)?.toggle;
    if (change1 === undefined) return false;
    if (placeOf(current(), column.value) === "locked") return true;
    keepStep();
    change(row.value, change1);
    text.value = cellText();
    return true;
  }

  function remove(from: number, to: number): void {
    if (rows.value.slice(from, to + 1).every(isEmpty)) return;
    keepStep();
    choices.close();
    mode.value = "move";
    rows.value = ended([...rows.value.slice(0, from), ...rows.value.slice(to + 1)]);
    goTo(from, written[0]?.key ?? "");
  }

  function fillDown(): void {
    const fill = editOf(column.value)?.fill;
    if (fill === undefined) return context.tell(context.noFill);
    leaveCell();
    keepStep();
    const { from, to } = range.value;
    const source = rows.value[from];
    const end = from === to ? rows.value.length - 1 : to;
    if (source === undefined) return;
    rows.value = rows.value.map((each, index) =>
      index > from && index <= end && !isEmpty(each) ? fill(each, source) : each,
    );
    text.value = cellText();
    context.lookUp();
  }

  function undo(): void {
    const before = past.pop();
    if (before === undefined) return;
    mode.value = "move";
    rows.value = before;
    goTo(Math.min(row.value, before.length - 1), column.value);
  }

  /** True when the clipboard held rows and the grid took them; else the field pastes its text. */
  function pasted(clipboard: string): boolean {
    const took = context.paste(clipboard, {
      row: row.value,
      column: column.value,
      editing: mode.value === "edit",
    });
    if (took === null) return false;
    keepStep();
    choices.close();
    mode.value = "move";
    rows.value = ended(took.rows);
    context.lookUp();
    goTo(took.goTo, column.value);
    return true;
  }

  /** The rows of the range as a spreadsheet takes them. */
  function copied(): string {
    return rows.value
      .slice(range.value.from, range.value.to + 1)
      .filter((each) => !isEmpty(each))
      .map((each) => context.copy(each).join("\t"))
      .join("\r\n");
  }

  /** The next row that would not be taken as it stands. */
  function goToOpen(): void {
    const places = verdicts.value.flatMap((verdict, index) => (verdict.open ? [index] : []));
    const to = places.find((place) => place > row.value) ?? places[0];
    const at = to === undefined ? undefined : rows.value[to];
    if (to === undefined || at === undefined) return;
    const asked = written.find((each) => (each.edit?.ambiguous?.(at) ?? []).length > 0);
    goTo(to, asked?.key ?? written[0]?.key ?? "");
    if (asked !== undefined) openList();
  }

  return {
    row,
    column,
    mode,
    text,
    range,
    choices,
    columns,
    verdicts,
    isEmpty,
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

export type KeyGridState<Row extends GridRow, Choice> = ReturnType<typeof useKeyGrid<Row, Choice>>;

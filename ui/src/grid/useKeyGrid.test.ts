import { computed, effectScope, nextTick, ref, shallowRef, type EffectScope } from "vue";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { GridColumn } from "./column";
import { nextRowKey, type GridRow } from "./rows";
import { useKeyGrid } from "./useKeyGrid";

interface Line extends GridRow {
  name: string;
  size: number;
  signed: boolean;
}

let scope: EffectScope | undefined;
afterEach(() => scope?.stop());

const line = (name = "", size = 1): Line => ({ key: nextRowKey(), refused: null, name, size, signed: false });

const COLUMNS: GridColumn<Line, string>[] = [
  {
    key: "name",
    title: "名",
    width: 5,
    edit: { text: (row) => row.name, take: (row, name) => ({ ...row, name }) },
  },
  { key: "shown", title: "看", width: 5 },
  {
    key: "size",
    title: "数",
    width: 5,
    edit: {
      text: (row) => String(row.size),
      take: (row, typed) => (/^\d+$/.test(typed) ? { ...row, size: Number(typed) } : "要整数"),
      fill: (row, source) => ({ ...row, size: source.size }),
      place: (row) => (row.name === "locked" ? "locked" : row.size > 1 ? "pass" : "stop"),
    },
  },
  {
    key: "signed",
    title: "签",
    width: 5,
    edit: {
      text: (row) => (row.signed ? "是" : "否"),
      take: () => "按空格",
      toggle: (row) => ({ ...row, signed: !row.signed }),
    },
  },
];

function gridOf(lines: Line[], enter: "down" | "across") {
  const rows = shallowRef(lines);
  const told = ref("");
  const lookUp = vi.fn();
  scope = effectScope();
  const grid = scope.run(() =>
    useKeyGrid<Line, string>({
      rows,
      columns: COLUMNS,
      isEmpty: (row) => row.name === "",
      empty: () => line(),
      enter,
      verdicts: computed(() => rows.value.map(() => ({ tone: "good", words: "", open: false }))),
      lookUp,
      paste: () => null,
      copy: (row) => [row.name, row.size],
      noFill: "这一列不填充",
      focus: () => undefined,
      tell: (text) => (told.value = text),
    }),
  );
  if (grid === undefined) throw new Error("scope is stopped");
  return { grid, rows, told, lookUp };
}

const at = ({ grid }: ReturnType<typeof gridOf>) => [grid.row.value, grid.column.value];

describe("a key grid", () => {
  it("takes what was typed when the cell is left, and grows a row to type into", () => {
    const one = gridOf([line()], "down");
    one.grid.typed("甲", false);
    one.grid.act({ does: "next", back: false });
    expect(one.rows.value.map((row) => row.name)).toEqual(["甲", ""]);
    expect(at(one)).toEqual([1, "name"]);
    expect(one.lookUp).toHaveBeenCalledOnce();
  });
  it("keeps the old value where the new one can't be, and says why", () => {
    const one = gridOf([line("甲", 3), line()], "down");
    one.grid.goTo(0, "size");
    one.grid.typed("x", false);
    one.grid.leaveCell();
    expect(one.rows.value[0]?.size).toBe(3);
    expect(one.told.value).toBe("要整数");
  });
  it("goes right and then down by Enter, over what is filled already", () => {
    const one = gridOf([line("甲", 3), line("乙"), line()], "across");
    one.grid.goTo(0, "name");
    one.grid.act({ does: "next", back: false });
    expect(at(one)).toEqual([0, "signed"]);
    one.grid.act({ does: "next", back: false });
    expect(at(one)).toEqual([1, "name"]);
    one.grid.act({ does: "next", back: true });
    expect(at(one)).toEqual([0, "signed"]);
    one.grid.act({ does: "move", rows: 0, columns: -1, extend: false });
    expect(at(one)).toEqual([0, "size"]);
  });
  it("goes on from a cell that an answer fills after Enter came there, and shows it where one stays", async () => {
    const one = gridOf([line("甲"), line()], "across");
    const answer = async () => {
      one.rows.value = one.rows.value.map((row, index) => (index === 0 ? { ...row, size: 3 } : row));
      await nextTick();
    };
    one.grid.goTo(0, "name");
    one.grid.act({ does: "next", back: false });
    expect(at(one)).toEqual([0, "size"]);
    await answer();
    expect(at(one)).toEqual([0, "signed"]);

    one.rows.value = [line("乙"), line()];
    one.grid.goTo(0, "size");
    await answer();
    expect(at(one)).toEqual([0, "size"]);
    expect(one.grid.text.value).toBe("3");
    one.grid.typed("4", false);
    await answer();
    expect(one.grid.text.value).toBe("4");
  });
  it("does not let a locked cell be typed into or reached sideways", () => {
    const one = gridOf([line("locked"), line()], "across");
    one.grid.goTo(0, "name");
    one.grid.act({ does: "move", rows: 0, columns: 1, extend: false });
    expect(at(one)).toEqual([0, "signed"]);
    one.grid.goTo(0, "size");
    one.grid.typed("9", false);
    one.grid.leaveCell();
    expect(one.rows.value[0]?.size).toBe(1);
  });
  it("leaves Space to the cells that it does not toggle", () => {
    const one = gridOf([line("甲"), line()], "across");
    expect(one.grid.act({ does: "toggle" })).toBe(false);
    one.grid.goTo(0, "signed");
    expect(one.grid.act({ does: "toggle" })).toBe(true);
    expect(one.rows.value[0]?.signed).toBe(true);
  });
  it("fills down to the end of the range, never into the empty row, and takes it back", () => {
    const one = gridOf([line("甲", 4), line("乙"), line("丙"), line()], "down");
    one.grid.goTo(0, "size");
    one.grid.goTo(1, "size", true);
    one.grid.act({ does: "fillDown" });
    expect(one.rows.value.map((row) => row.size)).toEqual([4, 4, 1, 1]);
    one.grid.goTo(0, "size");
    one.grid.act({ does: "fillDown" });
    expect(one.rows.value.map((row) => row.size)).toEqual([4, 4, 4, 1]);
    one.grid.act({ does: "undo" });
    one.grid.act({ does: "undo" });
    expect(one.rows.value.map((row) => row.size)).toEqual([4, 1, 1, 1]);
    one.grid.goTo(0, "name");
    one.grid.act({ does: "fillDown" });
    expect(one.told.value).toBe("这一列不填充");
  });
  it("takes rows out in a range", () => {
    const one = gridOf([line("甲"), line("乙"), line("丙"), line()], "down");
    one.grid.remove(0, 1);
    expect(one.rows.value.map((row) => row.name)).toEqual(["丙", ""]);
  });
});

import { describe, expect, it } from "vitest";
import { taken, toggled, toggledAll, type Tickable } from "./ticks";

const OF: Tickable<string> = { key: (row) => row, decidable: (row) => row !== "two" };
const ROWS = ["one", "two", "three"];

describe("ticks", () => {
  it("are on for every row but those one may not decide about", () => {
    expect(taken(ROWS, OF, new Set())).toEqual(["one", "three"]);
  });
  it("go off and on again", () => {
    const off = toggled(new Set(), "one");
    expect(taken(ROWS, OF, off)).toEqual(["three"]);
    expect(taken(ROWS, OF, toggled(off, "one"))).toEqual(["one", "three"]);
  });
  it("never take what one may not decide about, not even all at once", () => {
    const none = toggledAll(ROWS, OF, new Set());
    expect(taken(ROWS, OF, none)).toEqual([]);
    expect(taken(ROWS, OF, toggledAll(ROWS, OF, none))).toEqual(["one", "three"]);
  });
});

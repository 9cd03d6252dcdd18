import { describe, expect, it } from "vitest";
import { rangeBetween, tsvOf } from "./tableSelection";

describe("rangeBetween", () => {
  it("rises whichever end came first", () => {
    expect(rangeBetween(5, 3)).toEqual([3, 4, 5]);
    expect(rangeBetween(2, 2)).toEqual([2]);
  });
});

describe("tsvOf", () => {
  const columns = [
    { key: "name", title: "姓名", width: 6, text: (row: { name: string; note: string }) => row.name },
    { key: "note", title: "备注", width: 6, text: (row: { name: string; note: string }) => row.note },
  ];

  it("keeps one row a line whatever the cells hold", () => {
    const text = tsvOf(columns, [{ name: "甲", note: "一\n二\t三" }]);
    expect(text).toBe("姓名\t备注\n甲\t一 二 三");
  });

  it("never makes a formula", () => {
    expect(tsvOf(columns, [{ name: "=1+1", note: "" }])).toContain("'=1+1");
  });
});

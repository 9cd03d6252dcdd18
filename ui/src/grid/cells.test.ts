import { describe, expect, it } from "vitest";
import { cleanCell, readCells } from "./cells";

describe("readCells", () => {
  it("reads Excel's tabs, line ends and quotes", () => {
    expect(readCells('张三\t"思源\n社区"\r\n李四\t"说""好"""\r\n')).toEqual([
      ["张三", "思源 社区"],
      ["李四", '说"好"'],
    ]);
  });
  it("passes over blank lines", () => {
    expect(readCells("张三\n\n \t \n李四")).toEqual([["张三"], ["李四"]]);
  });
});

describe("cleanCell", () => {
  it.each([
    [" 曹 宇 ", "曹宇"],
    ["曹　宇", "曹宇"],
    ["'330206199206026211", "330206199206026211"],
    ["３３０２", "3302"],
    ["欧阳小明", "欧阳小明"],
    ["张三 思源社区", "张三 思源社区"],
  ])("%j becomes %j", (given, wanted) => {
    expect(cleanCell(given)).toBe(wanted);
  });
});

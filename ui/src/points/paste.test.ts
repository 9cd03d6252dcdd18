import { describe, expect, it } from "vitest";
import { readPeople, readUnits } from "./paste";

describe("readPeople", () => {
  const texts = (clipboard: string) => readPeople(clipboard).map((person) => person.text);

  it("takes one column as one person a line", () => {
    expect(readPeople("张三\r\n李四\r\n")).toEqual([
      { text: "张三", units: null },
      { text: "李四", units: null },
    ]);
  });
  it("drops a title row and the serial numbers under it", () => {
    expect(texts("序号\t姓名\t户编号\n1\t张三\t1010010001\n2\t李四\t1010010002")).toEqual([
      "张三 1010010001",
      "李四 1010010002",
    ]);
  });
  it("drops serial numbers without a title only where they count up", () => {
    expect(texts("1\t张三\n2\t李四")).toEqual(["张三", "李四"]);
    expect(texts("7\t张三\n3\t李四")).toEqual(["7 张三", "3 李四"]);
  });
  it("reads units from a column that is named so or holds nothing else", () => {
    expect(readPeople("姓名\t次数\n张三\t2\n李四\t")).toEqual([
      { text: "张三", units: 2 },
      { text: "李四", units: null },
    ]);
    expect(readPeople("张三\t2\n李四\t3")).toEqual([
      { text: "张三", units: 2 },
      { text: "李四", units: 3 },
    ]);
  });
  it("splits a list from a chat, but not a person with a village", () => {
    expect(texts("张三、李四，王五")).toEqual(["张三", "李四", "王五"]);
    expect(texts("张三，思源社区")).toEqual(["张三,思源社区"]);
  });
  it("keeps a household number of ten digits in a single column", () => {
    expect(texts("张三 1010010001\n李四 1010010002")).toEqual(["张三 1010010001", "李四 1010010002"]);
  });
  it("gives nothing for nothing", () => {
    expect(readPeople(" \n\t\n")).toEqual([]);
  });
});

describe("readUnits", () => {
  it.each([
    ["1", 1],
    ["９９", 99],
    ["0", null],
    ["100", null],
    ["1.5", null],
    ["-1", null],
    ["", null],
  ])("%j gives %j", (given, wanted) => {
    expect(readUnits(given)).toBe(wanted);
  });
});

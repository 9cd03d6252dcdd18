import { describe, expect, it } from "vitest";
import type { Indicator, MatrixCell } from "@/backend/contract";
import { cellWords, dayInQuarter, quarterDays, quarterOf, quarterTime } from "./matrix";
import { fenOf, yuan, yuanText } from "./money";
import { decimalText, progressOf, withUnit } from "./progress";
import { daysAway, eventWord, milestoneWord } from "./words";

describe("money", () => {
  it.each([
    ["1234.5", 123450],
    ["1,234.50 元", 123450],
    ["￥0.07", 7],
    ["１２００", 120000],
    ["0", 0],
    ["99999999.99", 9999999999],
  ])("%j is read", (text, fen) => {
    expect(fenOf(text)).toBe(fen);
  });
  it.each(["1.234", "-5", "12元5", "abc", "999999999", "1.", ".5"])("%j is refused", (text) => {
    expect(fenOf(text)).toBeUndefined();
  });
  it("tells nothing typed from nothing spent", () => {
    expect(fenOf("  ")).toBeNull();
    expect(fenOf("0")).toBe(0);
  });
  it("is shown grouped, and typed as it is read", () => {
    expect(yuan(123450)).toBe("1,234.50 元");
    expect(yuan(120000)).toBe("1,200 元");
    expect(yuan(5)).toBe("0.05 元");
    for (const fen of [0, 5, 70, 123450, 9999999999]) expect(fenOf(yuanText(fen))).toBe(fen);
  });
});

describe("decimals", () => {
  it.each([
    ["98.50", "98.5"],
    ["０８", "8"],
    ["-0.0", "0"],
    ["1,200", "1200"],
    ["-3.0701", "-3.0701"],
  ])("%j is written %j", (text, wanted) => {
    expect(decimalText(text)).toBe(wanted);
  });
  it("takes no more than four places and no words", () => {
    for (const text of ["1.23456", "", "九成", "1e5", "1.2.3"]) expect(decimalText(text)).toBeUndefined();
  });
  it("stands close to a percent sign only", () => {
    expect(withUnit("98.5", "%")).toBe("98.5%");
    expect(withUnit("12", "户")).toBe("12 户");
  });
});

describe("progress", () => {
  function indicator(baseline: string, target: string, latest?: string, percent?: number): Indicator {
    const readings = latest === undefined ? [] : [{ on: "2026-06-30", value: latest, recorded_by: "甲" }];
    return {
      indicator: "",
      name: "承诺兑现率",
      unit: "%",
      baseline,
      target,
      readings,
      progress_percent: percent,
    };
  }

  it("says the gap exactly", () => {
    expect(progressOf(indicator("90", "98.5", "95.2", 61))).toEqual({
      tone: "wait",
      word: "完成 61%",
      sentence: "最新 95.2%，目标 98.5%，还差 3.3 个百分点",
    });
  });
  it("is reached from either side", () => {
    expect(progressOf(indicator("90", "98.5", "98.5", 100)).word).toBe("已达到目标");
    expect(progressOf(indicator("12", "3", "2.9", 101)).word).toBe("已达到目标");
    expect(progressOf(indicator("12", "3", "6", 66)).sentence).toBe("最新 6%，目标 3%，还差 3 个百分点");
  });
  it("says when it went the wrong way", () => {
    expect(progressOf(indicator("90", "98.5", "88", -23))).toMatchObject({
      tone: "fault",
      word: "比起点退步",
    });
    expect(progressOf(indicator("12", "3", "13", -11)).word).toBe("比起点退步");
  });
  it("says when there is nothing to say", () => {
    expect(progressOf(indicator("90", "98.5")).sentence).toBe("还没有读数，目标 98.5%");
  });
});

describe("the matrix", () => {
  const cell = (held: number, planned: number): MatrixCell => ({
    quarter: 4,
    held,
    planned,
    gap: held === 0,
  });

  it("knows its quarters", () => {
    expect(["01-01", "03-31", "04-01", "11-22", "12-31"].map((day) => quarterOf(`2026-${day}`))).toEqual([
      1, 1, 2, 4, 4,
    ]);
    expect(quarterDays(2026, 4)).toEqual({ first: "2026-10-01", last: "2026-12-31" });
    expect([3, 4].map((quarter) => quarterTime(2026, quarter, "2026-10-01"))).toEqual(["past", "now"]);
    expect(quarterTime(2027, 1, "2026-12-31")).toBe("future");
  });
  it("says a gap in words, with what can still be done", () => {
    expect(cellWords(cell(0, 0), "now")).toEqual({ main: "本季度没有活动", way: "安排活动" });
    expect(cellWords(cell(0, 2), "now")).toEqual({ main: "本季度没有活动", also: "计划 2 场" });
    expect(cellWords(cell(0, 0), "past")).toEqual({ main: "没有活动", way: "补记活动" });
    expect(cellWords(cell(0, 0), "future")).toEqual({ main: "还没有安排", way: "安排活动" });
    expect(cellWords(cell(3, 1), "now")).toEqual({ main: "3 场", also: "计划 1 场" });
  });
  it("begins a new plan inside the quarter", () => {
    expect(dayInQuarter(2026, 4, "2026-11-22")).toBe("2026-11-22");
    expect(dayInQuarter(2027, 1, "2026-11-22")).toBe("2027-01-01");
    expect(dayInQuarter(2026, 2, "2026-11-22")).toBe("2026-06-30");
  });
});

describe("words of a day", () => {
  it("counts to and from it", () => {
    expect(daysAway("2026-11-25", "2026-11-22")).toBe("还有 3 天");
    expect(daysAway("2026-11-22", "2026-11-22")).toBe("今天");
    expect(daysAway("2026-11-01", "2026-11-22")).toBe("已过 21 天");
  });
  it("put what is late before what is planned", () => {
    expect(milestoneWord({ state: "planned", overdue: true }).word).toBe("已过期限");
    expect(milestoneWord({ state: "done", overdue: false }).word).toBe("已完成");
    expect(eventWord({ state: "planned", overdue: true }).tone).toBe("fault");
  });
});

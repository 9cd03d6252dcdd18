import { describe, expect, it } from "vitest";
import { minutesBetween, readDay, readMinutes, readTime } from "./readings";

describe("readTime", () => {
  it.each([
    ["905", "09:05"],
    ["0905", "09:05"],
    ["9:05", "09:05"],
    ["９：０５", "09:05"],
    ["9.30", "09:30"],
    ["9点5分", "09:05"],
    ["14点", "14:00"],
    [" 1430 ", "14:30"],
    ["9", "09:00"],
    ["0", "00:00"],
    ["2400", null],
    ["961", null],
    ["12345", null],
    ["九点", null],
    ["", null],
  ])("%j is %j", (typed, wanted) => expect(readTime(typed)).toBe(wanted));
});

describe("minutesBetween", () => {
  it("counts within one day, and only forward", () => {
    expect(minutesBetween("09:05", "11:10")).toBe(125);
    expect(minutesBetween("11:10", "09:05")).toBeNull();
    expect(minutesBetween("09:05", "09:05")).toBeNull();
  });
});

describe("readDay", () => {
  it.each([
    ["2026-11-22", "2026-11-22"],
    ["20261122", "2026-11-22"],
    ["2026.1.5", "2026-01-05"],
    ["2026年11月2日", "2026-11-02"],
    ["11-22", "2026-11-22"],
    ["1122", "2026-11-22"],
    ["11月22日", "2026-11-22"],
    ["12-31", "2025-12-31"],
    ["2026-02-30", null],
    ["22", null],
    ["昨天", null],
  ])("%j is %j, written on 2026-11-23", (typed, wanted) => expect(readDay(typed, "2026-11-23")).toBe(wanted));
});

describe("readMinutes", () => {
  it.each([
    ["90", 90],
    ["90分", 90],
    ["90 分钟", 90],
    ["2", 120],
    ["1.5", 90],
    ["2小时", 120],
    ["2 小时 30 分", 150],
    ["1个小时", 60],
    ["1:30", 90],
    ["10", 10],
    ["半小时", null],
    ["", null],
  ])("%j is %j", (typed, wanted) => expect(readMinutes(typed)).toBe(wanted));
});

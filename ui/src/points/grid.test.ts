import { describe, expect, it } from "vitest";
import type { ResidentChoice, ResidentLine } from "@/backend/contract";
import { placeRefusal } from "@/grid/rows";
import {
  choose,
  emptyRow,
  insertPeople,
  isEmpty,
  ROWS_MAX,
  settle,
  sum,
  verdicts,
  withEmptyEnd,
  withUnits,
} from "./grid";

const RULE = { points: 2, subject: "个人" };
const HOUSE_RULE = { points: 3, subject: "家庭" };

function person(id: string, household = id): ResidentLine {
  return {
    id,
    name: `甲${id}`,
    sex: "女",
    age: 40,
    id_masked: "",
    phone_masked: "",
    village: "330211101001",
    village_name: "思源社区",
    household_number: household,
    relation: "户主",
    address_masked: "",
    grid: "",
    consent: true,
  };
}

function choice(id: string, more: Partial<ResidentChoice> = {}, household = id): ResidentChoice {
  return { line: person(id, household), ...more };
}

function chosen(id: string, more: Partial<ResidentChoice> = {}, household = id) {
  return choose(emptyRow(), choice(id, more, household));
}

describe("a refusal", () => {
  const rows = [chosen("1", { blocked: "没有同意" }), chosen("2"), chosen("3"), emptyRow()];
  const sent = rows.slice(1, 3);
  const placed = placeRefusal(rows, sent, [
    { row: 2, field: "rows", message: "超出上限" },
    { field: "activity", message: "太长" },
  ]);

  it("names the row of the grid, not the row sent", () => {
    expect(placed.reasons).toEqual([
      { row: 3, field: "rows", message: "超出上限" },
      { field: "activity", message: "太长" },
    ]);
  });
  it("takes the row out of what can be recorded until it is changed", () => {
    expect(verdicts(placed.rows, RULE).map((each) => each.state)).toEqual([
      "blocked",
      "ready",
      "refused",
      "empty",
    ]);
    expect(verdicts(placed.rows, RULE)[2]?.words).toBe("超出上限");
    const changed = placed.rows.map((row, index) => (index === 2 ? withUnits(row, 2) : row));
    expect(verdicts(changed, RULE)[2]?.state).toBe("ready");
  });
});

describe("rows", () => {
  it("always end with exactly one empty row", () => {
    expect(withEmptyEnd([chosen("1"), emptyRow(), emptyRow()], 1).map(isEmpty)).toEqual([false, true]);
    expect(withEmptyEnd([chosen("1")], 1).map(isEmpty)).toEqual([false, true]);
    expect(withEmptyEnd([], 1).map(isEmpty)).toEqual([true]);
  });
  it("keep what stands there when people are pasted in the middle", () => {
    const rows = insertPeople([chosen("1"), chosen("2"), emptyRow()], 1, [{ text: "乙", units: 3 }], 1);
    expect(rows.map((row) => row.text)).toEqual(["甲1", "乙", "甲2", ""]);
    expect(rows[1]).toMatchObject({ units: 3, looking: true });
  });
  it("take no more people than one activity may", () => {
    const many = Array.from({ length: ROWS_MAX + 5 }, (_, index) => ({ text: `乙${index}`, units: null }));
    expect(insertPeople([emptyRow()], 0, many, 1).filter((row) => !isEmpty(row))).toHaveLength(ROWS_MAX);
  });
});

describe("verdicts", () => {
  const states = (rows: Parameters<typeof verdicts>[0], rule = RULE) =>
    verdicts(rows, rule).map(({ state }) => state);

  it("count a person once", () => {
    expect(states([chosen("1"), chosen("1"), emptyRow()])).toEqual(["ready", "twice", "empty"]);
  });
  it("count a household once where the rule is the household's", () => {
    const rows = [chosen("1", {}, "h"), chosen("2", {}, "h")];
    expect(states(rows)).toEqual(["ready", "ready"]);
    expect(states(rows, HOUSE_RULE)).toEqual(["ready", "twice"]);
  });
  it("let the second of two stand when the first cannot be recorded", () => {
    const rows = [chosen("1", { blocked: "未登记同意" }, "h"), chosen("2", {}, "h")];
    expect(states(rows, HOUSE_RULE)).toEqual(["blocked", "ready"]);
  });
  it("stop what exceeds the cap, with what is left", () => {
    const row = { ...chosen("1", { headroom_points: 4 }), units: 3 };
    expect(verdicts([row], RULE)[0]).toEqual({ state: "blocked", words: "超出上限，还可记 4 分" });
    expect(states([{ ...row, units: 2 }])).toEqual(["ready"]);
  });
  it("add up only what would be recorded", () => {
    const rows = [
      chosen("1"),
      { ...chosen("2"), units: 2 },
      chosen("1"),
      { ...emptyRow(), text: "无" },
      emptyRow(),
    ];
    expect(sum(rows, RULE)).toEqual({ ready: 2, points: 6, open: 2, looking: 0 });
  });
});

describe("settle", () => {
  const asked = { ...emptyRow(), text: "甲", looking: true };

  it("takes the only candidate", () => {
    expect(settle(asked, "甲", [choice("1")], null).person?.id).toBe("1");
  });
  it("keeps several to choose from", () => {
    const row = settle(asked, "甲", [choice("1"), choice("2")], null);
    expect(verdicts([row], RULE)[0]).toEqual({ state: "choose", words: "有 2 位，请选一位" });
  });
  it("says why there is nobody", () => {
    const row = settle(asked, "甲", [], "名册里没有");
    expect(verdicts([row], RULE)[0]).toEqual({ state: "unknown", words: "名册里没有" });
  });
  it("drops an answer to a text that has changed", () => {
    const changed = { ...asked, text: "乙" };
    expect(settle(changed, "甲", [choice("1")], null)).toBe(changed);
  });
});

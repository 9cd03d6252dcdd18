import { describe, expect, it } from "vitest";
import type { BrandDetail, EventDetail, ResidentLine } from "@/backend/contract";
import { chosenPerson } from "@/residents/personCell";
import { brandChanges, brandProblems, brandText, objectiveLines } from "./brandForm";
import { rowsToRecord } from "./eventEntry";
import { eventChanges, eventProblems, eventText, type EventText } from "./eventForm";
import {
  emptySign,
  insertLines,
  isEmptySign,
  isUnknown,
  signNamed,
  signVerdicts,
  toSign,
  withGuest,
  type SignRow,
} from "./signRows";

function person(id: string, consent = true): ResidentLine {
  return {
    id,
    name: `甲${id}`,
    sex: "女",
    age: 40,
    id_masked: "",
    phone_masked: "",
    village: "330211101001",
    village_name: "思源社区",
    household_number: id,
    relation: "户主",
    address_masked: "",
    grid: "",
    consent,
  };
}

describe("the words of a dossier", () => {
  const detail = {
    line: { name: "信用骆驼", slogan: "一诺千金", domain: "", owner_unit: "党建办" },
    story: "",
    objectives: ["一", "二"],
  } as BrandDetail;
  const before = brandText(detail);

  it("go out only where they were changed", () => {
    expect(brandChanges(before, { ...before, slogan: " 一诺千金 ", domain: "诚信经营" })).toEqual({
      domain: "诚信经营",
    });
    expect(brandChanges(before, { ...before, slogan: "" })).toEqual({ slogan: "" });
    expect(brandChanges(before, { ...before, objectives: "一\n\n 二 \n三" })).toEqual({
      objectives: ["一", "二", "三"],
    });
    expect(brandChanges(before, { ...before, objectives: "一\n\n二\n" })).toEqual({});
  });
  it("say what does not fit", () => {
    expect(brandProblems({ ...before, name: "信" }).name).toBe("品牌名称写 2 到 30 个字");
    expect(brandProblems({ ...before, objectives: "条\n".repeat(21) }).objectives).toBe(
      "目标最多 20 条，现在有 21 条",
    );
    expect(brandProblems({ ...before, objectives: `一\n${"长".repeat(201)}` }).objectives).toMatch(
      /^第 2 条/,
    );
    expect(brandProblems(before)).toEqual({});
  });
  it("keep a line for each objective", () => {
    expect(objectiveLines(" 一 \n\n二")).toEqual(["一", "二"]);
  });
});

describe("an activity", () => {
  const detail = {
    line: { title: "进商圈", setting: "enterprise", brand: null, place: "", cost_fen: 120000 },
    planned_on: "2026-11-25",
    plan: "",
  } as unknown as EventDetail;
  const before = eventText(detail);

  it("is sent only where it was changed, money in fen", () => {
    expect(before.cost).toBe("1200");
    expect(eventChanges(before, { ...before, cost: "1,200.00" })).toEqual({});
    expect(eventChanges(before, { ...before, cost: "86.5", place: "文化礼堂" })).toEqual({
      place: "文化礼堂",
      cost_fen: 8650,
    });
  });
  it("sends a cost of nothing, but not a cost that is not known", () => {
    const empty: EventText = { title: "", setting: "", brand: "", day: "", place: "", plan: "", cost: "" };
    expect(eventChanges(empty, { ...empty, title: "甲", day: "2026-11-25", cost: "0" })).toEqual({
      title: "甲",
      planned_on: "2026-11-25",
      cost_fen: 0,
    });
    expect(eventChanges(empty, { ...empty, title: "甲" })).toEqual({ title: "甲" });
  });
  it("says what is missing", () => {
    expect(Object.keys(eventProblems({ ...before, title: " ", day: "", cost: "很多" }))).toEqual([
      "title",
      "day",
      "cost",
    ]);
  });
  it("takes residents without an award to the entry page, and no guests", () => {
    const rows = rowsToRecord({
      attendees: [
        { attendance: "a", resident: person("1") },
        { attendance: "b", resident: person("2") },
        { attendance: "c", guest: "客人" },
        { attendance: "d", resident: person("3", false) },
      ],
      awarded: ["2"],
    });
    expect(rows.map((row) => [row.person?.id, row.blocked])).toEqual([
      ["1", null],
      ["3", "还没有登记同意"],
      [undefined, null],
    ]);
  });
});

describe("a sign-in list", () => {
  const named = (text: string): SignRow => signNamed(emptySign(), text);
  const known = (id: string): SignRow => ({ ...emptySign(), ...chosenPerson({ line: person(id) }) });
  const unknown = (text: string): SignRow => ({ ...named(text), looking: false, problem: "没有找到" });
  const words = (rows: SignRow[], signed: string[] = []) =>
    signVerdicts(rows, new Set(signed)).map((verdict) => verdict.words);

  it("signs everybody once", () => {
    const rows = [known("1"), known("2"), known("1"), emptySign()];
    expect(words(rows, ["2"])).toEqual(["可以签到", "已在签到表里", "与第 1 行是同一人，只签一次", ""]);
    expect(toSign(rows, new Set(["2"]))).toEqual({ residents: ["1"], guests: [] });
  });
  it("takes whom the roster does not know only as a guest", () => {
    const rows = [unknown("外宾"), known("1")];
    expect(isUnknown(rows[0] as SignRow)).toBe(true);
    expect(signVerdicts(rows, new Set())[0]?.open).toBe(true);
    expect(toSign(rows, new Set()).guests).toEqual([]);
    const guests = rows.map((row) => withGuest(row, true));
    expect(toSign(guests, new Set())).toEqual({ residents: ["1"], guests: ["外宾"] });
    expect(words(guests)).toEqual(["来宾", "可以签到"]);
  });
  it("does not sign a guest whose name is a sentence", () => {
    const row = withGuest(unknown("长".repeat(31)), true);
    expect(signVerdicts([row], new Set())[0]?.open).toBe(true);
    expect(toSign([row], new Set()).guests).toEqual([]);
  });
  it("is looked up anew when a guest's name is typed over", () => {
    expect(signNamed(withGuest(unknown("外宾"), true), "甲")).toMatchObject({ guest: false, looking: true });
  });
  it("takes lines where they are put, as many as there is room for", () => {
    const rows = insertLines([known("1"), known("2"), emptySign()], 1, ["乙", "丙", "丁"], 2);
    expect(rows.map((row) => row.text)).toEqual(["甲1", "乙", "丙", "甲2"]);
    expect(rows.filter(isEmptySign)).toEqual([]);
    expect(insertLines([emptySign()], 0, ["乙"], 0)).toEqual([]);
  });
});

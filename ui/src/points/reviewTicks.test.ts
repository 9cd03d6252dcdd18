import { describe, expect, it } from "vitest";
import type { ReviewGroup, ReviewRow } from "@/backend/contract";
import { taken } from "@/components/ticks";
import { AWARD_TICKS, remarks } from "./reviewTicks";

function row(award: string, more: Partial<ReviewRow> = {}): ReviewRow {
  return {
    entry: {
      award,
      occurred_on: "2026-11-20",
      subject: "个人",
      who: award,
      rule_code: "A01",
      rule_version: 1,
      item: "参加志愿服务",
      activity: "清洁日",
      points: 2,
      state: "submitted",
      recorded_by: "甲",
      recorded_at: "2026-11-20 09:00",
      refused_by_district: false,
      evidence: [],
    },
    village_name: "思源社区",
    suspected_duplicate: false,
    ...more,
  };
}

const GROUP: ReviewGroup = {
  activity: "g",
  name: "清洁日",
  occurred_on: "2026-11-20",
  rule: "A01 参加志愿服务",
  evidence: [],
  recorded_by: "甲",
  recorded_at: "2026-11-20 09:00",
  points: 6,
  rows: [row("one"), row("two", { recusal: "与您同户" }), row("three", { suspected_duplicate: true })],
};

describe("ticks of the review", () => {
  it("are on for everybody but recusals", () => {
    expect(taken(GROUP.rows, AWARD_TICKS, new Set())).toEqual(["one", "three"]);
  });
  it("come with what must not be overlooked", () => {
    expect(remarks(GROUP)).toBe("1 人须回避，1 人疑似重复");
    expect(remarks({ ...GROUP, rows: [row("one")] })).toBe("");
  });
});

import { describe, expect, it } from "vitest";
import type { Entry, RecordedActivity, RuleLine } from "@/backend/contract";
import { recordAgain } from "./again";
import { isEmpty } from "./grid";

function rule(versionId: string, inForce: boolean, points = 2): RuleLine {
  return {
    version_id: versionId,
    code: "A01",
    version: 1,
    category: "志愿服务",
    item: "参加志愿服务",
    points,
    unit: "次",
    subject: "个人",
    in_force_from: "2026-01-01",
    in_force: inForce,
  };
}

function entry(who: string, points: number): Entry {
  return {
    award: who,
    occurred_on: "2026-10-12",
    subject: "个人",
    who,
    rule_code: "A01",
    rule_version: 1,
    item: "参加志愿服务",
    activity: "敬老日",
    points,
    state: "sent_back",
    recorded_by: "甲",
    recorded_at: "2026-10-12 16:20",
    refused_by_district: false,
    evidence: [],
  };
}

function activity(...rows: Entry[]): RecordedActivity {
  return {
    activity: "a",
    name: "敬老日",
    occurred_on: "2026-10-12",
    rule: "A01 参加志愿服务",
    effective: 0,
    waiting: 0,
    sent_back: rows.length,
    sent_back_rows: rows,
  };
}

describe("recordAgain", () => {
  it("takes the version in force and keeps day, name, people and numbers", () => {
    const again = recordAgain(activity(entry("甲一", 2), entry("乙二", 6)), [
      rule("old", false),
      rule("new", true),
    ]);
    expect(again).toMatchObject({ ruleVersion: "new", occurredOn: "2026-10-12", activity: "敬老日" });
    expect(again.rows.map((row) => [row.text, row.units, row.looking])).toEqual([
      ["甲一", 1, true],
      ["乙二", 3, true],
      ["", 1, false],
    ]);
    expect(again.rows.map(isEmpty)).toEqual([false, false, true]);
  });
  it("leaves the rule to be chosen where it is no longer in force", () => {
    expect(recordAgain(activity(entry("甲一", 2)), [rule("old", false)]).ruleVersion).toBe("");
  });
  it("asks for one unit where the points no longer divide", () => {
    expect(recordAgain(activity(entry("甲一", 5)), [rule("new", true)]).rows[0]?.units).toBe(1);
  });
});

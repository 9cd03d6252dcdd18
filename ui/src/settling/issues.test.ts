import { describe, expect, it } from "vitest";
import type { IssueDecision, IssueSide } from "@/backend/contract";
import { afterIssue, compared, decisionAt } from "./issues";

function side(value: string, facts: Record<string, string> = {}): IssueSide {
  return {
    value,
    actor: "",
    at: "",
    device: "",
    current: false,
    facts: Object.entries(facts).map(([label, text]) => ({ label, value: text })),
  };
}

describe("compared", () => {
  it("sets plain values against each other", () => {
    expect(compared([side("138"), side("139")])).toEqual([
      { label: "内容", values: ["138", "139"], differs: true },
    ]);
  });

  it("marks only the facts that differ, also one that a side lacks", () => {
    const lines = compared([
      side("甲", { 户号: "1", 电话: "138" }),
      side("甲", { 电话: "138", 住址: "东街" }),
    ]);
    expect(lines.map(({ label, differs }) => [label, differs])).toEqual([
      ["内容", false],
      ["户号", true],
      ["电话", false],
      ["住址", true],
    ]);
    expect(lines[3]?.values).toEqual(["", "东街"]);
  });
});

describe("afterIssue", () => {
  const rows = ["a", "b", "c"];
  it("goes down, and up from the last", () => {
    expect(afterIssue(rows, "a")).toBe("b");
    expect(afterIssue(rows, "c")).toBe("b");
    expect(afterIssue(["a"], "a")).toBeUndefined();
  });

  it("begins at the top when the issue was not in the list", () => {
    expect(afterIssue(rows, "x")).toBe("a");
    expect(afterIssue([], "x")).toBeUndefined();
  });
});

describe("decisionAt", () => {
  const decision = (code: string, barred: string | null = null): IssueDecision => ({
    code,
    label: code,
    effect: "",
    needs_reason: false,
    barred,
  });

  it("gives none that is barred and none beyond the last", () => {
    const decisions = [decision("keep"), decision("merge", "须回避")];
    expect(decisionAt(decisions, 1)?.code).toBe("keep");
    expect(decisionAt(decisions, 2)).toBeUndefined();
    expect(decisionAt(decisions, 3)).toBeUndefined();
  });
});

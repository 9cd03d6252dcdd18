import { describe, expect, it } from "vitest";
import type { IssueCount, IssueKind } from "@/backend/contract";
import { issueTasks, refusalTasks } from "./issueTasks";

function open(kind: IssueKind, label: string, number: number): IssueCount {
  return { kind, label, open: number };
}

describe("issueTasks", () => {
  it("says nothing when nothing is open, and leaves refusals to their own line", () => {
    expect(issueTasks({ issues: [] })).toEqual([]);
    expect(
      issueTasks({ issues: [open("refused", "被区平台退回", 2), open("field", "同一项两处改动", 0)] }),
    ).toEqual([]);
  });

  it("leads straight to the kind where there is one only", () => {
    const [task] = issueTasks({ issues: [open("field", "同一项两处改动", 2)] });
    expect(task?.text).toBe("2 处要核对和裁定");
    expect(task?.to?.query).toEqual({ kind: "field" });
  });

  it("names the first kinds of many", () => {
    const [task] = issueTasks({
      issues: [
        open("field", "甲", 1),
        open("lost", "乙", 2),
        open("deficit", "丙", 3),
        open("beyond_cap", "丁", 4),
      ],
    });
    expect(task?.text).toContain("10 处");
    expect(task?.note).toContain("甲 1 处、乙 2 处、丙 3 处等");
    expect(task?.to?.query).toBeUndefined();
  });
});

describe("refusalTasks", () => {
  it("counts what nobody has looked at, and is silent otherwise", () => {
    expect(refusalTasks({ issues: [open("field", "甲", 3)] })).toEqual([]);
    const [task] = refusalTasks({ issues: [open("refused", "被区平台退回", 2)] });
    expect(task?.text).toBe("2 条被区平台退回");
    expect(task?.to?.query).toEqual({ kind: "refused" });
  });
});

import type { Workbench } from "@/backend/contract";
import { count } from "@/format/words";
import type { Task } from "./task";

/** Kinds named in the note; more would not be read. */
const KINDS_NAMED = 3;

/** What the district sent back and nobody has looked at yet. */
export function refusalTasks({ issues }: Pick<Workbench, "issues">): Task[] {
  const open = issues.find((each) => each.kind === "refused")?.open ?? 0;
  if (open === 0) return [];
  return [
    {
      key: "refused",
      tone: "fault",
      word: "被退回",
      text: `${count(open)} 条被区平台退回`,
      note: "没有计入积分。看原因，改好后重新办理。",
      to: { name: "issues", query: { kind: "refused" } },
    },
  ];
}

/** What a person has to settle, as one line; refusals have a line of their own. */
export function issueTasks({ issues }: Pick<Workbench, "issues">): Task[] {
  const kinds = issues.filter((each) => each.kind !== "refused" && each.open > 0);
  const open = kinds.reduce((sum, each) => sum + each.open, 0);
  if (open === 0) return [];
  const named = kinds.slice(0, KINDS_NAMED).map((each) => `${each.label} ${count(each.open)} 处`);
  const rest = kinds.length > KINDS_NAMED ? "等" : "";
  return [
    {
      key: "issues",
      tone: "wait",
      word: "要核对",
      text: `${count(open)} 处要核对和裁定`,
      note: `${named.join("、")}${rest}。看清两边，由人来定。`,
      to: { name: "issues", ...(kinds.length === 1 && kinds[0] ? { query: { kind: kinds[0].kind } } : {}) },
    },
  ];
}

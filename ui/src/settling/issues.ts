// How issues are compared, walked through and linked; pure.

import type { IssueDecision, IssueKind, IssueLink, IssueSide } from "@/backend/contract";

/** Kinds in the order in which the filter names them: what stands still without a person first. */
export const ISSUE_KINDS: readonly { kind: IssueKind; word: string }[] = [
  { kind: "field", word: "同一项两处改动" },
  { kind: "lost", word: "后到的没有生效" },
  { kind: "duplicate_award", word: "疑似重复记分" },
  { kind: "duplicate_resident", word: "疑似同一居民" },
  { kind: "deleted", word: "修改遇到撤销" },
  { kind: "deficit", word: "时间账户透支" },
  { kind: "rival_need", word: "一条需求几张单" },
  { kind: "beyond_cap", word: "超过年度上限" },
  { kind: "refused", word: "被区平台退回" },
  { kind: "set_aside", word: "暂放的记录" },
  { kind: "missing_key", word: "缺少密钥" },
  { kind: "time_suspect", word: "记录时间可疑" },
  { kind: "after_removal", word: "停用后的记录" },
  { kind: "unauthorised", word: "无权限的账号变动" },
];

/** One line of the comparison: the same thing as each side has it. */
export interface Compared {
  label: string;
  /** As many as there are sides; empty where a side has no such line. */
  values: string[];
  differs: boolean;
}

/** The sides line by line. A plain value is one line; records are compared fact by fact. */
export function compared(sides: readonly IssueSide[]): Compared[] {
  const labels = [...new Set(sides.flatMap((side) => side.facts.map((fact) => fact.label)))];
  const line = (label: string, values: string[]): Compared => ({
    label,
    values,
    differs: new Set(values).size > 1,
  });
  return [
    line(
      "内容",
      sides.map((side) => side.value),
    ),
    ...labels.map((label) =>
      line(
        label,
        sides.map((side) => side.facts.find((fact) => fact.label === label)?.value ?? ""),
      ),
    ),
  ];
}

/** The page behind a link of an issue. */
export function linkTarget({ target, id }: Pick<IssueLink, "target" | "id">): {
  name: string;
  params?: Record<string, string>;
} {
  switch (target) {
    case "resident":
      return { name: "resident", params: { resident: id } };
    case "time_account":
      return { name: "time-account", params: { resident: id } };
    case "order":
      return { name: "order", params: { order: id } };
    case "need":
      return { name: "need", params: { need: id } };
    case "brand":
      return { name: "brand", params: { brand: id } };
    case "event":
      return { name: "event", params: { event: id } };
    case "handover":
      return { name: "handover", params: { handover: id } };
    case "sync":
      return { name: "sync" };
    case "users":
      return { name: "users" };
  }
}

/** The decision behind a digit key; nothing where there is none or it is not this person's. */
export function decisionAt(decisions: readonly IssueDecision[], digit: number): IssueDecision | undefined {
  const decision = decisions[digit - 1];
  return decision?.barred ? undefined : decision;
}

/**
 * Where to go when one issue is done: the one below it in the list as it is filtered, else the one above. `rows` is
 * the list as it was when the decision was made.
 */
export function afterIssue(rows: readonly string[], decided: string): string | undefined {
  const at = rows.indexOf(decided);
  if (at < 0) return rows[0];
  return rows[at + 1] ?? rows[at - 1];
}

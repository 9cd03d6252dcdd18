import type { RecordedActivity, RuleLine } from "@/backend/contract";
import { typedPerson } from "@/residents/personCell";
import { UNITS_MAX } from "./paste";
import { emptyRow, withEmptyEnd, type EntryRow } from "./grid";

/** What of an activity came back goes into a fresh list. */
export interface Again {
  ruleVersion: string;
  occurredOn: string;
  activity: string;
  rows: EntryRow[];
  origin: string;
}

/** The rows that came back, to be recorded anew under the version of the rule that holds now. */
export function recordAgain(activity: RecordedActivity, rules: readonly RuleLine[]): Again {
  const code = activity.sent_back_rows[0]?.rule_code;
  const rule = rules.find((each) => each.in_force && each.code === code);
  const rows = activity.sent_back_rows.map((entry) => ({
    ...emptyRow(rule === undefined ? 1 : unitsOf(entry.points, rule.points)),
    ...typedPerson(entry.who),
  }));
  return {
    ruleVersion: rule?.version_id ?? "",
    occurredOn: activity.occurred_on,
    activity: activity.name,
    rows: withEmptyEnd(rows, 1),
    origin: "名单里是这场活动被退回的人。补好佐证，再提交复核。",
  };
}

// the rule may be worth more or less by now: then the number has to be looked at anyway
function unitsOf(entryPoints: number, rulePoints: number): number {
  const units = entryPoints / rulePoints;
  return Number.isInteger(units) && units >= 1 && units <= UNITS_MAX ? units : 1;
}

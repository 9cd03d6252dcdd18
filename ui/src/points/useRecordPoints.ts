import { computed, ref, shallowRef, watch, type Ref } from "vue";
import type { PointsRecorded, RecordPoints, RuleLine } from "@/backend/contract";
import { FaultError } from "@/backend/port";
import { useAct } from "@/composables/useAct";
import { newRequestId } from "@/format/request";
import type { EntryDraft } from "./entryDraft";
import { evidenceFiles } from "./evidence";
import { isEmpty, placeRefusal, verdicts, type EntryRow } from "./grid";

/** What the page says after a submission. */
export interface RecordOutcome {
  recorded: number;
  points: number;
  /** Rows that stayed in the grid. */
  left: number;
  warnings: string[];
}

/** Fields of the page as `FaultRow.field` names them: as the request does. */
export const FIELD = {
  rule: "rule_version",
  day: "occurred_on",
  activity: "activity",
  rows: "rows",
} as const;

/** Submits the draft's rows that are ready; what was not recorded stays, with the reason. */
export function useRecordPoints(draft: EntryDraft, rows: Ref<EntryRow[]>, rule: Ref<RuleLine | undefined>) {
  const record = useAct("record_points");
  const gaps = shallowRef<FaultError>();
  const outcome = shallowRef<RecordOutcome>();
  const packing = ref(false);
  let refusedRows: EntryRow[] | undefined;
  let lastTry: { content: string; id: string } | undefined;

  const fault = computed(() => gaps.value ?? record.fault.value);
  const busy = computed(() => packing.value || record.busy.value);

  /** What was said about the list no longer holds once the list is another. */
  function edited(): void {
    refusedRows = undefined;
    record.fault.value = undefined;
    if (gaps.value?.rows.some((gap) => gap.field === FIELD.rows)) gaps.value = undefined;
  }
  watch(rows, (now) => {
    if (now !== refusedRows) edited();
  });

  function showRefusal(sent: EntryRow[], refusal: FaultError): void {
    const placed = placeRefusal(rows.value, sent, refusal.rows);
    record.fault.value = new FaultError({
      code: refusal.code,
      message: refusal.message,
      rows: placed.reasons,
    });
    refusedRows = placed.rows;
    rows.value = placed.rows;
  }

  function readyRows(): EntryRow[] {
    const states = verdicts(rows.value, rule.value ?? null);
    return rows.value.filter((_, index) => states[index]?.state === "ready");
  }

  function findGaps(ready: EntryRow[]): FaultError | undefined {
    const missing: [string, string][] = [];
    if (rule.value === undefined) missing.push([FIELD.rule, "请选一条细则"]);
    if (draft.occurredOn === "") missing.push([FIELD.day, "请填活动的日期"]);
    if (draft.activity.trim() === "") missing.push([FIELD.activity, "请写活动名称，例如：河道清洁日"]);
    if (ready.length === 0) missing.push([FIELD.rows, "还没有可以记分的人，请先填名单"]);
    if (missing.length === 0) return undefined;
    return new FaultError({
      code: "invalid",
      message: "还差几项没填，补上后再提交。",
      rows: missing.map(([field, message]) => ({ field, message })),
    });
  }

  async function request(ready: EntryRow[]): Promise<RecordPoints> {
    const body = {
      rule_version: draft.ruleVersion,
      occurred_on: draft.occurredOn,
      activity: draft.activity.trim(),
      evidence: await evidenceFiles(draft.evidence),
      rows: ready.map((row) => ({ resident: row.person?.id ?? "", units: row.units })),
      skip_faulty: true,
    };
    // the id is used again only for the same content: a changed list under an old id would be taken for done
    const content = JSON.stringify(body);
    if (lastTry?.content !== content) lastTry = { content, id: newRequestId() };
    return { request_id: lastTry.id, ...body };
  }

  async function submit(): Promise<boolean> {
    if (busy.value) return false;
    const ready = readyRows();
    gaps.value = findGaps(ready);
    outcome.value = undefined;
    if (gaps.value !== undefined) return false;
    packing.value = true;
    try {
      const reply = await record.run(await request(ready));
      if (reply === undefined) {
        if (record.fault.value !== undefined) showRefusal(ready, record.fault.value);
        return false;
      }
      lastTry = undefined;
      keepTheRest(ready, reply);
      return true;
    } finally {
      packing.value = false;
    }
  }

  function keepTheRest(sent: EntryRow[], reply: PointsRecorded): void {
    const reasons = new Map(reply.left_out.map((left) => [sent[left.row - 1]?.key, left.reason]));
    const sentKeys = new Set(sent.map((row) => row.key));
    rows.value = rows.value
      .filter((row) => !sentKeys.has(row.key) || reasons.has(row.key))
      .map((row) => (reasons.has(row.key) ? { ...row, blocked: reasons.get(row.key) ?? "" } : row));
    outcome.value = {
      recorded: reply.recorded,
      points: reply.points,
      left: rows.value.filter((row) => !isEmpty(row)).length,
      warnings: reply.warnings,
    };
  }

  return { submit, edited, fault, busy, outcome };
}

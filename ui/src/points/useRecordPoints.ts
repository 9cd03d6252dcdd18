import { computed, ref, shallowRef, type Ref } from "vue";
import type { PointsRecorded, RecordPoints, RuleLine } from "@/backend/contract";
import { type FaultError, gapsFault } from "@/backend/port";
import { useAct } from "@/composables/useAct";
import { requestIds } from "@/format/request";
import { keepLeftOut } from "@/grid/rows";
import { useRowRefusals } from "@/grid/useRowRefusals";
import type { EntryDraft } from "./entryDraft";
import { evidenceFiles } from "@/evidence/evidence";
import { isEmpty, verdicts, type EntryRow } from "./grid";

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
  const ids = requestIds();

  const fault = computed(() => gaps.value ?? record.fault.value);
  const busy = computed(() => packing.value || record.busy.value);

  const refusals = useRowRefusals(rows, record.fault, () => {
    if (gaps.value?.rows.some((gap) => gap.field === FIELD.rows)) gaps.value = undefined;
  });

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
    return gapsFault(missing);
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
    return { request_id: ids.idFor(body), ...body };
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
        if (record.fault.value !== undefined) refusals.show(ready, record.fault.value);
        return false;
      }
      ids.done();
      keepTheRest(ready, reply);
      return true;
    } finally {
      packing.value = false;
    }
  }

  function keepTheRest(sent: EntryRow[], reply: PointsRecorded): void {
    rows.value = keepLeftOut(rows.value, sent, reply.left_out);
    outcome.value = {
      recorded: reply.recorded,
      points: reply.points,
      left: rows.value.filter((row) => !isEmpty(row)).length,
      warnings: reply.warnings,
    };
  }

  return { submit, edited: refusals.edited, fault, busy, outcome };
}

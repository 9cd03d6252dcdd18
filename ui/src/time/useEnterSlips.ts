import { computed, shallowRef, type Ref } from "vue";
import { FaultError } from "@/backend/port";
import { useSubmit } from "@/composables/useSubmit";
import { keepLeftOut } from "@/grid/rows";
import { useRowRefusals } from "@/grid/useRowRefusals";
import { isEmptySlip, slipRow, SLIPS_MAX, slipVerdicts, withSlipEnd, type SlipEntry } from "./slips";

/** What the page says after a submission. */
export interface SlipOutcome {
  entered: number;
  confirmed: number;
  /** Rows that stayed in the grid. */
  left: number;
}

const NOTHING_READY = "还没有可以录入的回单，请先把标出的行补齐。";

/** Submits the slips that lack nothing; what was not entered stays, with the reason. */
export function useEnterSlips(rows: Ref<SlipEntry[]>, today: string) {
  const enter = useSubmit("enter_slips");
  const gaps = shallowRef<FaultError>();
  const outcome = shallowRef<SlipOutcome>();
  const fault = computed(() => gaps.value ?? enter.fault.value);

  const refusals = useRowRefusals(rows, enter.fault, () => (gaps.value = undefined));

  function readySlips(): SlipEntry[] {
    const states = slipVerdicts(rows.value, today);
    return rows.value
      .filter((_, index) => ["ready", "half"].includes(states[index]?.state ?? ""))
      .slice(0, SLIPS_MAX);
  }

  async function submit(): Promise<boolean> {
    if (enter.busy.value) return false;
    const sent = readySlips();
    outcome.value = undefined;
    if (sent.length === 0) {
      gaps.value = new FaultError({ code: "invalid", message: NOTHING_READY, rows: [] });
      return false;
    }
    gaps.value = undefined;
    const reply = await enter.submit({ rows: sent.map(slipRow), skip_faulty: true });
    if (reply === undefined) {
      if (enter.fault.value !== undefined) refusals.show(sent, enter.fault.value);
      return false;
    }
    rows.value = withSlipEnd(keepLeftOut(rows.value, sent, reply.left_out));
    outcome.value = {
      entered: reply.entered,
      confirmed: reply.confirmed,
      left: rows.value.filter((slip) => !isEmptySlip(slip)).length,
    };
    return true;
  }

  return { submit, edited: refusals.edited, fault, busy: enter.busy, outcome };
}

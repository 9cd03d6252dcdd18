import { watch, type Ref } from "vue";
import { FaultError } from "@/backend/port";
import { placeRefusal, type GridRow } from "./rows";

/** A refusal of submitted rows, shown in the rows it speaks of until the grid becomes another. */
export interface RowRefusals<Row> {
  /** What was said about the rows no longer holds. */
  edited: () => void;
  /** Puts the reasons into the rows that were sent. */
  show: (sent: readonly Row[], refusal: FaultError) => void;
}

/** `fault` is the act's; `changed` clears what the page itself said about the rows. */
export function useRowRefusals<Row extends GridRow>(
  rows: Ref<Row[]>,
  fault: Ref<FaultError | undefined>,
  changed: () => void,
): RowRefusals<Row> {
  let refusedRows: Row[] | undefined;

  function edited(): void {
    refusedRows = undefined;
    fault.value = undefined;
    changed();
  }
  watch(rows, (now) => {
    if (now !== refusedRows) edited();
  });

  function show(sent: readonly Row[], refusal: FaultError): void {
    const placed = placeRefusal(rows.value, sent, refusal.rows);
    fault.value = new FaultError({ code: refusal.code, message: refusal.message, rows: placed.reasons });
    refusedRows = placed.rows;
    rows.value = placed.rows;
  }

  return { edited, show };
}

import { watch } from "vue";
import { useChanged } from "./useChanged";
import { useRowWindows, type RowWindows } from "./useRowWindows";

export interface FilteredRows<Row> extends RowWindows<Row> {
  /** Asks anew and shows the old rows meanwhile. */
  reload: () => void;
}

/**
 * A long list in windows that follows its filters and whatever changes in the program. `filters` gives what the list
 * depends on; `filtered` is called when that became another.
 */
export function useFilteredRows<Row>(
  filters: () => unknown,
  load: (offset: number, limit: number) => Promise<{ total: number; rows: Row[] }>,
  filtered: () => void = () => undefined,
): FilteredRows<Row> {
  const windows = useRowWindows(load);
  const reload = (): void => windows.reset({ keep: true });
  watch(
    () => JSON.stringify(filters()),
    () => {
      windows.reset();
      filtered();
    },
  );
  useChanged(reload);
  return { ...windows, reload };
}

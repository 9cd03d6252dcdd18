import { computed, onBeforeUnmount, onMounted, ref, type ComputedRef, type Ref } from "vue";
import { usePreferences } from "@/stores/preferences";
import type { ColumnRoom } from "./column";

/** Narrower than this a column can't be read or grasped, rem. */
const LEAST_WIDTH_REM = 3;
/** Wider than this it pushes the others away, rem. */
const MOST_WIDTH_REM = 40;

export interface Columns<Shown extends ColumnRoom> {
  /** Those that have room. */
  shown: ComputedRef<Shown[]>;
  /** For `grid-template-columns`. */
  template: ComputedRef<string>;
  /** On a head's handle: drags the column's edge. */
  startResize: (event: PointerEvent, column: ColumnRoom) => void;
  /** Forgets a dragged width. */
  resetWidth: (column: ColumnRoom) => void;
}

/** Which columns are shown and how wide; widths that were dragged are kept under the table's id. */
export function useColumns<Shown extends ColumnRoom>(
  tableId: string | undefined,
  columns: () => readonly Shown[],
  element: Ref<HTMLElement | undefined>,
): Columns<Shown> {
  const preferences = usePreferences();
  const widthRem = ref(80);

  const remPx = (): number => 16 * (preferences.kept.typeSize / 100);
  const observer = new ResizeObserver(([entry]) => {
    if (entry) widthRem.value = entry.contentRect.width / remPx();
  });
  onMounted(() => element.value && observer.observe(element.value));
  onBeforeUnmount(() => observer.disconnect());

  const dragged = computed(() => (tableId ? (preferences.kept.columnWidths[tableId] ?? {}) : {}));
  const shown = computed(() => columns().filter((column) => widthRem.value >= (column.hideBelow ?? 0)));
  const template = computed(() =>
    shown.value
      .map((column) => {
        const own = dragged.value[column.key];
        if (own !== undefined) return `${own}rem`;
        return column.grow ? `minmax(${column.width}rem, ${column.grow}fr)` : `${column.width}rem`;
      })
      .join(" "),
  );

  function keep(column: ColumnRoom, width: number | undefined): void {
    if (!tableId) return;
    const widths = { ...dragged.value };
    if (width === undefined) delete widths[column.key];
    else widths[column.key] = Math.min(MOST_WIDTH_REM, Math.max(LEAST_WIDTH_REM, width));
    preferences.kept.columnWidths[tableId] = widths;
  }

  function startResize(event: PointerEvent, column: ColumnRoom): void {
    const head = (event.currentTarget as HTMLElement).parentElement;
    if (!head) return;
    const beganAt = event.clientX;
    const beganWidth = head.getBoundingClientRect().width;
    const move = (moved: PointerEvent): void =>
      keep(column, (beganWidth + moved.clientX - beganAt) / remPx());
    const stop = (): void => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", stop);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
    event.preventDefault();
  }

  return { shown, template, startResize, resetWidth: (column) => keep(column, undefined) };
}

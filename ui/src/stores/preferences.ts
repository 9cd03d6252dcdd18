// How this person likes the screens: type size, contrast, row height, column widths. Kept on this PC by user id;
// nothing of what the program holds is ever put here.

import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";

/** Type sizes on offer, percent. */
export const TYPE_SIZES = [100, 110, 125, 150, 175, 200] as const;
export type TypeSize = (typeof TYPE_SIZES)[number];
export type Contrast = "standard" | "high";
export type RowHeight = "compact" | "comfortable";

interface Kept {
  typeSize: TypeSize;
  contrast: Contrast;
  rowHeight: RowHeight;
  /** Column widths in rem by table and column. */
  columnWidths: Record<string, Record<string, number>>;
}

/** The system's own wish for contrast counts until the person chooses. */
const wantsContrast = window.matchMedia("(prefers-contrast: more)").matches;
const FRESH: Kept = {
  typeSize: 100,
  contrast: wantsContrast ? "high" : "standard",
  rowHeight: "compact",
  columnWidths: {},
};
/** Before anybody signed in: what the last person here chose. */
const NOBODY = "last";

function storageKey(user: string): string {
  return `zhenxin.preferences.${user}`;
}

function read(user: string): Kept {
  try {
    const text = localStorage.getItem(storageKey(user)) ?? localStorage.getItem(storageKey(NOBODY));
    return text === null
      ? structuredClone(FRESH)
      : { ...structuredClone(FRESH), ...(JSON.parse(text) as Partial<Kept>) };
  } catch {
    // storage switched off or unreadable: the preferences hold for this window only
    return structuredClone(FRESH);
  }
}

function write(user: string, kept: Kept): void {
  const text = JSON.stringify(kept);
  try {
    localStorage.setItem(storageKey(user), text);
    localStorage.setItem(storageKey(NOBODY), text);
  } catch {
    // as in `read`
  }
}

export const usePreferences = defineStore("preferences", () => {
  const owner = ref(NOBODY);
  const kept = ref<Kept>(read(NOBODY));

  watch(
    kept,
    (now) => {
      const root = document.documentElement;
      root.style.setProperty("--type-scale", String(now.typeSize / 100));
      root.dataset.contrast = now.contrast;
      root.dataset.rows = now.rowHeight;
      write(owner.value, now);
    },
    { deep: true, immediate: true },
  );

  /** Takes up the preferences of the person who signed in. */
  function belongTo(user: string | undefined): void {
    const next = user ?? NOBODY;
    if (next === owner.value) return;
    owner.value = next;
    kept.value = read(next);
  }

  /** One step larger (+1) or smaller (−1). */
  function stepType(by: 1 | -1): void {
    const at = TYPE_SIZES.indexOf(kept.value.typeSize);
    kept.value.typeSize = TYPE_SIZES[at + by] ?? kept.value.typeSize;
  }

  const rowHeightRem = computed(() => (kept.value.rowHeight === "comfortable" ? 2.75 : 2.25));

  return { kept, belongTo, stepType, rowHeightRem };
});

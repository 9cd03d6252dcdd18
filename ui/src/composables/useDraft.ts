import { computed, watch, type ComputedRef } from "vue";
import { useKept } from "@/stores/kept";

export interface DraftHandle<Value extends object> {
  /** Reactive: bind the form to its fields. */
  value: Value;
  /** True once something was typed. */
  dirty: ComputedRef<boolean>;
  /** After submission, or when the user drops it: back to a fresh value. */
  discard: () => void;
}

/**
 * Something half typed. It survives leaving the page, and the window asks before it closes while one is dirty.
 * `key` names the form (and the thing edited), `title` the same for people; `fresh` gives an empty one.
 */
export function useDraft<Value extends object>(
  key: string,
  title: string,
  fresh: () => Value,
): DraftHandle<Value> {
  const { drafts } = useKept();
  if (!drafts.has(key)) drafts.set(key, { title, value: fresh(), dirty: false });
  const draft = drafts.get(key) as { title: string; value: Value; dirty: boolean };

  watch(
    () => draft.value,
    () => {
      draft.dirty = true;
    },
    { deep: true, flush: "sync" },
  );

  function discard(): void {
    const value = draft.value as Record<string, unknown>;
    for (const field of Object.keys(value)) delete value[field];
    Object.assign(value, fresh());
    draft.dirty = false;
  }

  return { value: draft.value, dirty: computed(() => draft.dirty), discard };
}

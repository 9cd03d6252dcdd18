// What a page keeps while one is elsewhere: filters, scroll, drafts. In memory only.

import { defineStore } from "pinia";
import { computed, reactive } from "vue";

export const useKept = defineStore("kept", () => {
  const views = reactive(new Map<string, object>());
  const drafts = reactive(new Map<string, { value: object; dirty: boolean }>());

  /** True while something typed has been neither submitted nor dropped. */
  const unsaved = computed(() => [...drafts.values()].some((draft) => draft.dirty));

  let owner: string | undefined;

  function clear(): void {
    views.clear();
    drafts.clear();
  }

  /** Another person finds nothing of the one before; the same person finds everything again. */
  function belongTo(user: string): void {
    if (owner !== undefined && owner !== user) clear();
    owner = user;
  }

  return { views, drafts, unsaved, clear, belongTo };
});

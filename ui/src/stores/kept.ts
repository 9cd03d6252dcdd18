// What a page keeps while one is elsewhere: filters, scroll, drafts. In memory only.

import { defineStore } from "pinia";
import { computed, reactive } from "vue";

export const useKept = defineStore("kept", () => {
  const views = reactive(new Map<string, object>());
  const drafts = reactive(new Map<string, { title: string; value: object; dirty: boolean }>());

  /** Forms in which something typed has been neither submitted nor dropped, by their titles. */
  const unsaved = computed(() => {
    const titles = [...drafts.values()].filter((draft) => draft.dirty).map((draft) => draft.title);
    return [...new Set(titles)];
  });

  /** The same in one line: `“记分”“回单录入”`. */
  const unsavedWords = computed(() => unsaved.value.map((title) => `“${title}”`).join(""));

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

  return { views, drafts, unsaved, unsavedWords, clear, belongTo };
});

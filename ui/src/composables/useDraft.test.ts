import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { effectScope } from "vue";
import { useKept } from "@/stores/kept";
import { useDraft, type DraftHandle } from "./useDraft";

interface Form {
  name: string;
  rows: number[];
}

/** One visit of the page: its scope ends when the page is left. */
function visit(use: (draft: DraftHandle<Form>) => void): void {
  const scope = effectScope();
  scope.run(() => use(useDraft<Form>("form", "添加用户", () => ({ name: "", rows: [] }))));
  scope.stop();
}

describe("useDraft", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("keeps what was typed while one is elsewhere, and knows that it is unsaved", () => {
    visit((draft) => {
      expect(draft.dirty.value).toBe(false);
      draft.value.rows.push(1);
    });
    expect(useKept().unsaved).toEqual(["添加用户"]);
    visit((draft) => {
      expect(draft.dirty.value).toBe(true);
      expect(draft.value.rows).toEqual([1]);
    });
  });

  it("is fresh after it was submitted", () => {
    visit((draft) => {
      draft.value.name = "甲";
      draft.discard();
      expect(draft.value).toEqual({ name: "", rows: [] });
    });
    expect(useKept().unsaved).toEqual([]);
  });

  it("belongs to one person", () => {
    const kept = useKept();
    kept.belongTo("one");
    visit((draft) => (draft.value.name = "甲"));
    kept.belongTo("one");
    expect(kept.unsaved).toEqual(["添加用户"]);
    kept.belongTo("other");
    expect(kept.unsaved).toEqual([]);
    visit((draft) => expect(draft.value.name).toBe(""));
  });
});

import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { effectScope, nextTick, shallowRef } from "vue";
import type { Duty, User } from "@/backend/contract";
import { useKept } from "@/stores/kept";
import { useDutyDraft, type DutyDraft } from "./dutyDraft";

function zhang(duties: Duty[], villages: string[] = []): User {
  return {
    user: "zhang",
    name: "张三",
    doubled: false,
    duties,
    villages,
    village_names: [],
    active: true,
    can_sign_in: true,
    must_change: false,
    second_factor: false,
    added_on: "2026-11-01",
  };
}

const user = shallowRef(zhang(["clerk"]));

/** The panel while it is open. */
async function open(use: (draft: DutyDraft) => void | Promise<void>): Promise<void> {
  const scope = effectScope();
  const draft = scope.run(() => useDutyDraft(() => user.value)) as DutyDraft;
  await use(draft);
  scope.stop();
}

describe("useDutyDraft", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    user.value = zhang(["clerk"]);
  });

  it("keeps a choice while its panel is closed", async () => {
    await open((draft) => void draft.form.duties.push("reviewer"));
    expect(useKept().unsaved).toEqual(["用户与职责"]);
    // the same account, read again
    user.value = zhang(["clerk"]);
    await open((draft) => {
      expect([draft.form.duties, draft.changed.value]).toEqual([["clerk", "reviewer"], true]);
      expect([draft.form.former.duties, draft.overtaken.value]).toEqual([["clerk"], false]);
    });
  });

  it("drops a choice made from what stands no more, and says so", async () => {
    await open((draft) => void draft.form.duties.push("reviewer"));
    user.value = zhang(["viewer"]);
    await open((draft) => {
      expect([draft.form.duties, draft.form.former.duties]).toEqual([["viewer"], ["viewer"]]);
      expect([draft.overtaken.value, draft.changed.value]).toEqual([true, false]);
    });
    expect(useKept().unsaved).toEqual([]);
  });

  it("does the same while the panel is open, until something is chosen anew", async () => {
    await open(async (draft) => {
      draft.form.villages = ["330211101001"];
      await nextTick();
      user.value = zhang(["clerk", "viewer"]);
      await nextTick();
      expect([draft.form.duties, draft.form.villages]).toEqual([["clerk", "viewer"], []]);
      expect(draft.overtaken.value).toBe(true);
      draft.form.duties = ["viewer"];
      await nextTick();
      expect(draft.overtaken.value).toBe(false);
    });
  });

  it("follows silently where nothing was chosen, or just this", async () => {
    await open(async (draft) => {
      user.value = zhang(["reviewer"]);
      await nextTick();
      expect([draft.form.duties, draft.overtaken.value]).toEqual([["reviewer"], false]);
      draft.form.duties = ["reviewer", "viewer"];
      await nextTick();
      user.value = zhang(["viewer", "reviewer"]);
      await nextTick();
      expect([draft.overtaken.value, draft.changed.value]).toEqual([false, false]);
    });
    expect(useKept().unsaved).toEqual([]);
  });
});

import { markRaw } from "vue";
import { useRouter } from "vue-router";
import { confirmAct } from "@/composables/confirmAct";
import { useEntryDraft, type EntryDraft } from "./entryDraft";

/**
 * Takes a list prepared elsewhere to the entry page, where it is looked at and submitted; asks before it replaces one
 * that was not. `what` names the list: 被退回的名单.
 */
export function useFillEntry(): (next: Partial<EntryDraft>, what: string) => Promise<void> {
  const router = useRouter();
  const { value: draft, dirty, discard } = useEntryDraft();

  return async (next, what) => {
    const replace =
      !dirty.value ||
      (await confirmAct({
        title: "记分页还有没提交的内容",
        text: `接着做会换成${what}，原来没提交的名单就没有了。`,
        verb: `换成${what}`,
      }));
    if (!replace) return;
    discard();
    Object.assign(draft, { ...next, ...(next.rows && { rows: markRaw(next.rows) }) });
    await router.push({ name: "record-points" });
  };
}

import { computed, ref } from "vue";
import type { BrandDetail, RemoveBrandPart } from "@/backend/contract";
import { confirmAct } from "@/composables/confirmAct";
import { say } from "@/composables/useSay";
import { useSubmit } from "@/composables/useSubmit";
import { useSession } from "@/stores/session";

/** What every part of the dossier needs: may it be edited, which form is open, taking things out. */
export function useBrandPart<Part>(detail: () => BrandDetail, changed: (detail: BrandDetail) => void) {
  const session = useSession();
  const removal = useSubmit("remove_brand_part");
  /** The part in the form; `null` for a new one; `undefined` while no form is open. */
  const editing = ref<Part | null>();

  const mayEdit = computed(() => session.may("save_brand") && detail().line.state !== "retired");

  /** A form was saved. */
  function saved(reply: BrandDetail, words: string): void {
    editing.value = undefined;
    changed(reply);
    say(words);
  }

  /** Takes a part out after asking; `what` names it: 里程碑“首批商户授牌”. */
  async function remove(part: RemoveBrandPart["part"], what: string): Promise<void> {
    const sure = await confirmAct({
      title: `删除${what}`,
      text: "档案里不再有它，日志里留下删除的记录。要恢复只能重新添加。",
      verb: "删除",
    });
    if (!sure) return;
    const reply = await removal.submit({ brand: detail().line.brand, part });
    if (reply !== undefined) saved(reply, `已删除${what}。`);
  }

  return { editing, mayEdit, saved, remove, fault: removal.fault };
}

import { computed, ref } from "vue";
import { ask } from "@/backend/backend";
import type { BrandDetail, BrandMove } from "@/backend/contract";
import { faultFrom, type FaultError } from "@/backend/port";
import { confirmAct } from "@/composables/confirmAct";
import { say } from "@/composables/useSay";
import { useSubmit } from "@/composables/useSubmit";
import { useSession } from "@/stores/session";

/** What can happen to a brand as a whole: approved, sent back, proposed again, activated, retired. */
export function useBrandMoves(detail: () => BrandDetail | undefined, changed: (detail: BrandDetail) => void) {
  const session = useSession();
  const moving = useSubmit("move_brand");
  const proposing = useSubmit("resubmit_brand");
  const lookFault = ref<FaultError>();
  /** The move whose reason is being written. */
  const explaining = ref<"send_back" | "retire">();

  const mayPropose = computed(() => detail()?.line.state === "sent_back" && session.may("resubmit_brand"));

  function can(move: BrandMove): boolean {
    return detail()?.moves.includes(move) ?? false;
  }

  async function move(step: BrandMove, reason: string | null, replaces: string | null, words: string) {
    const brand = detail()?.line.brand;
    if (brand === undefined) return;
    const reply = await moving.submit({ brand, step, reason, replaces });
    if (reply === undefined) return;
    explaining.value = undefined;
    changed(reply);
    say(words);
  }

  const approve = () => move("approve", null, null, "已批准。启用以后，它就是本镇街的品牌。");

  function explain(reason: string): Promise<void> {
    return explaining.value === "retire"
      ? move("retire", reason, null, "品牌已退役，档案保留。")
      : move("send_back", reason, null, "已退回，申报人会看到原因。");
  }

  /** A town has one active brand: the one that steps down is named before anything happens. */
  async function activate(): Promise<void> {
    const line = detail()?.line;
    if (line === undefined) return;
    lookFault.value = undefined;
    try {
      const { brands } = await ask("brands", {});
      const active = brands.find((each) => each.state === "active" && each.brand !== line.brand);
      const sure = await confirmAct(
        active === undefined
          ? {
              title: `启用“${line.name}”`,
              text: "启用后它就是本镇街的信用品牌，以后只能退役，不能改回未启用。",
              verb: "启用",
            }
          : {
              title: `启用“${line.name}”，换下“${active.name}”`,
              text: `一个镇街只有一个启用中的品牌。启用后“${active.name}”退役，档案保留。`,
              verb: "启用并换下",
            },
      );
      if (!sure) return;
      const words =
        active === undefined ? `“${line.name}”已启用。` : `“${line.name}”已启用，“${active.name}”已退役。`;
      await move("activate", null, active?.brand ?? null, words);
    } catch (thrown) {
      lookFault.value = faultFrom(thrown);
    }
  }

  async function proposeAgain(): Promise<void> {
    const brand = detail()?.line.brand;
    if (brand === undefined) return;
    const reply = await proposing.submit({ brand });
    if (reply === undefined) return;
    changed(reply);
    say("已再次申报，等另一位复核人员批准。");
  }

  return {
    explaining,
    mayPropose,
    can,
    approve,
    explain,
    activate,
    proposeAgain,
    busy: computed(() => moving.busy.value || proposing.busy.value),
    fault: computed(() => lookFault.value ?? moving.fault.value ?? proposing.fault.value),
  };
}

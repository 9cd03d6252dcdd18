import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";
import type { PersonField, Revealed, RevealedField } from "@/backend/contract";
import { useAct } from "@/composables/useAct";
import { say } from "@/composables/useSay";

/** Shown so long; who still needs it looks again with one key. */
export const SHOWN_MS = 120_000;
export const ALL_FIELDS: readonly PersonField[] = ["id_number", "phone", "address"];

/** What is shown whole of one resident, for a while and on this page only. */
export function useReveal(resident: () => string) {
  const { run, busy, fault } = useAct("reveal");
  const shown = shallowRef<readonly RevealedField[]>([]);
  /** What the box asks a purpose for. */
  const asking = ref<PersonField[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hide(): void {
    clearTimeout(timer);
    shown.value = [];
  }

  /** Nobody pressed anything: a reader hears it, and whoever looked away sees why the numbers are gone. */
  function hideByItself(): void {
    hide();
    say("时间到，完整号码和住址已自动遮住。", { tone: "quiet" });
  }

  function show(reply: Revealed, words = "已登记，两分钟后自动遮住。"): void {
    if (reply.resident !== resident()) return;
    say(words);
    asking.value = undefined;
    const fresh = reply.fields.map((one) => one.field);
    shown.value = [...shown.value.filter((one) => !fresh.includes(one.field)), ...reply.fields];
    clearTimeout(timer);
    timer = setTimeout(hideByItself, SHOWN_MS);
  }

  /** With the purpose of the last look at this person today; without one the box asks. */
  async function again(fields: readonly PersonField[] = ALL_FIELDS): Promise<void> {
    const reply = await run({ resident: resident(), fields: [...fields], again: true });
    if (reply !== undefined) {
      show(reply, "已按上次的用途再登记一次，两分钟后自动遮住。");
    } else if (fault.value?.rows.some((row) => row.field === "purpose")) {
      fault.value = undefined;
      asking.value = [...fields];
    }
  }

  watch(resident, () => {
    hide();
    asking.value = undefined;
  });
  onScopeDispose(hide);

  const of = (field: PersonField) => shown.value.find((one) => one.field === field);
  return { asking, of, show, hide, again, busy, fault, any: computed(() => shown.value.length > 0) };
}

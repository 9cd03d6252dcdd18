import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";
import type { PersonField, Revealed, RevealedField } from "@/backend/contract";
import { useAct } from "@/composables/useAct";

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

  function show(reply: Revealed): void {
    if (reply.resident !== resident()) return;
    asking.value = undefined;
    const fresh = reply.fields.map((one) => one.field);
    shown.value = [...shown.value.filter((one) => !fresh.includes(one.field)), ...reply.fields];
    clearTimeout(timer);
    timer = setTimeout(hide, SHOWN_MS);
  }

  /** With the purpose of the last look at this person today; without one the box asks. */
  async function again(fields: readonly PersonField[] = ALL_FIELDS): Promise<void> {
    const reply = await run({ resident: resident(), fields: [...fields], again: true });
    if (reply !== undefined) {
      show(reply);
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

import { computed, ref, watch, type ComputedRef, type Ref } from "vue";
import type { Duty, User } from "@/backend/contract";
import { useDraft } from "@/composables/useDraft";

interface Held {
  duties: Duty[];
  villages: string[];
}

/** Duties and villages as they are chosen, and what was shown when the choosing began. */
export interface DutyForm extends Held {
  former: Held;
}

export interface DutyDraft {
  /** Reactive: bind the form to its fields. */
  form: DutyForm;
  /** Whether something else is chosen than what the account has. */
  changed: ComputedRef<boolean>;
  /** A choice was dropped because the account has changed elsewhere since it was made. */
  overtaken: Ref<boolean>;
  discard: () => void;
}

function same(one: Held, other: Held): boolean {
  const key = (held: Held) => [...held.duties].sort().join() + "/" + [...held.villages].sort().join();
  return key(one) === key(other);
}

/**
 * A choice of duties that survives the panel, as long as what it was made from stands: kept beyond that, it would give
 * back what somebody else took away.
 */
export function useDutyDraft(user: () => User): DutyDraft {
  const held = (): Held => ({ duties: [...user().duties], villages: [...user().villages] });
  const draft = useDraft<DutyForm>(`user-${user().user}`, "用户与职责", () => ({
    ...held(),
    former: held(),
  }));
  const overtaken = ref(false);
  const changed = computed(() => !same(draft.value, user()));

  function follow(): void {
    if (same(draft.value.former, user())) return;
    overtaken.value = draft.dirty.value && changed.value;
    draft.discard();
  }

  // what others changed while the panel was closed
  follow();
  watch(user, follow);
  watch(changed, (now) => {
    // ticked and unticked again is nothing to lose
    if (now) overtaken.value = false;
    else draft.discard();
  });
  return { form: draft.value, changed, overtaken, discard: draft.discard };
}

import {
  onScopeDispose,
  ref,
  shallowRef,
  toValue,
  watch,
  type MaybeRefOrGetter,
  type Ref,
  type ShallowRef,
} from "vue";
import { ask, backend } from "@/backend/backend";
import type { Asks } from "@/backend/contract";
import { faultFrom, type AskName, type FaultError } from "@/backend/port";
import { useWaitingMark } from "./useWaitingMark";

export interface Asked<Reply> {
  data: ShallowRef<Reply | undefined>;
  fault: Ref<FaultError | undefined>;
  /** True only once the answer has been awaited for 0.3 s: show a wait then, not before. */
  waiting: Ref<boolean>;
  reload: () => Promise<void>;
}

/**
 * Asks now, and again whenever the request changes. A request of `undefined` asks nothing. An answer that was
 * overtaken by a newer question is dropped. `fresh: true` asks again when the program reports a change.
 */
export function useAsk<Name extends AskName>(
  name: Name,
  request: MaybeRefOrGetter<Asks[Name]["request"] | undefined>,
  options: { fresh?: boolean } = {},
): Asked<Asks[Name]["reply"]> {
  const data = shallowRef<Asks[Name]["reply"]>();
  const fault = ref<FaultError>();
  const { waiting, begin, end } = useWaitingMark();
  let round = 0;

  async function reload(): Promise<void> {
    const asked = toValue(request);
    const mine = ++round;
    if (asked === undefined) return;
    begin();
    try {
      const reply = await ask(name, asked);
      if (mine !== round) return;
      data.value = reply;
      fault.value = undefined;
    } catch (thrown) {
      if (mine === round) fault.value = faultFrom(thrown);
    } finally {
      if (mine === round) end();
    }
  }

  watch(() => JSON.stringify(toValue(request) ?? null), reload, { immediate: true });
  if (options.fresh) onScopeDispose(backend.onChanged(() => void reload()));
  return { data, fault, waiting, reload };
}

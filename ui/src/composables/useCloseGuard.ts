import { onScopeDispose, watch } from "vue";
import { backend } from "@/backend/backend";
import type { Unsubscribe } from "@/backend/port";
import { confirmAct, type Confirmation } from "./confirmAct";

/** While `held` is true the window asks before it closes, because closing would lose something. */
export function useCloseGuard(held: () => boolean, question: () => Confirmation): void {
  let release: Unsubscribe | undefined;
  const stop = (): void => {
    release?.();
    release = undefined;
  };
  watch(
    held,
    (now) => {
      stop();
      if (now) release = backend.holdClose(() => confirmAct(question()));
    },
    { immediate: true },
  );
  onScopeDispose(stop);
}

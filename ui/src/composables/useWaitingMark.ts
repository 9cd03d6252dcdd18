import { onScopeDispose, ref, type Ref } from "vue";

/** A wait shorter than this is not shown: a flash disturbs more than it tells. */
const SHOW_AFTER_MS = 300;

/** A flag that rises only when something takes noticeable time. */
export function useWaitingMark(): { waiting: Ref<boolean>; begin: () => void; end: () => void } {
  const waiting = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function begin(): void {
    clearTimeout(timer);
    timer = setTimeout(() => (waiting.value = true), SHOW_AFTER_MS);
  }

  function end(): void {
    clearTimeout(timer);
    waiting.value = false;
  }

  onScopeDispose(end);
  return { waiting, begin, end };
}

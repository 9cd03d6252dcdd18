// Nobody has touched anything for a while: the curtain comes down. What stands in the forms stays there.

import { onScopeDispose, watch } from "vue";
import { useSession } from "@/stores/session";

const LOOK_EVERY_MS = 5_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel"] as const;

export function useIdleLock(): void {
  const session = useSession();
  let last = Date.now();
  const touched = (): void => void (last = Date.now());
  for (const sign of SIGNS) window.addEventListener(sign, touched, { passive: true, capture: true });

  const timer = window.setInterval(() => {
    const idleMin = session.state?.idle_lock_min;
    if (session.phase !== "ready" || idleMin == null) return;
    if (Date.now() - last >= idleMin * 60_000) void session.lock();
  }, LOOK_EVERY_MS);

  // whoever has just signed in or lifted the curtain is there
  watch(() => session.phase, touched);
  onScopeDispose(() => {
    window.clearInterval(timer);
    for (const sign of SIGNS) window.removeEventListener(sign, touched, { capture: true });
  });
}

import { onScopeDispose } from "vue";
import { backend } from "@/backend/backend";

/** Changes come in bursts during synchronisation. */
const GATHER_MS = 400;

/** Runs after the program reported changes, once for a burst of them. */
export function useChanged(run: () => void): void {
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const stop = backend.onChanged(() => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      run();
    }, GATHER_MS);
  });
  onScopeDispose(() => {
    stop();
    clearTimeout(gathering);
  });
}

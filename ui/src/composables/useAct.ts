import { ref, type Ref } from "vue";
import { act } from "@/backend/backend";
import type { Acts } from "@/backend/contract";
import { faultFrom, type ActName, type FaultError } from "@/backend/port";
import { useWaiting } from "@/stores/waiting";

export interface Acting<Name extends ActName> {
  /** Gives the reply, or `undefined` when it was refused: `fault` says why. */
  run: (request: Acts[Name]["request"]) => Promise<Acts[Name]["reply"] | undefined>;
  /** True from the click to the answer: disable the button. */
  busy: Ref<boolean>;
  fault: Ref<FaultError | undefined>;
}

/** One act of the page. A second click while the first is under way does nothing. */
export function useAct<Name extends ActName>(name: Name): Acting<Name> {
  const busy = ref(false);
  const fault = ref<FaultError>();

  async function run(request: Acts[Name]["request"]): Promise<Acts[Name]["reply"] | undefined> {
    if (busy.value) return undefined;
    busy.value = true;
    fault.value = undefined;
    try {
      const reply = await act(name, request);
      useWaiting().refreshSoon();
      return reply;
    } catch (thrown) {
      fault.value = faultFrom(thrown);
      return undefined;
    } finally {
      busy.value = false;
    }
  }

  return { run, busy, fault };
}

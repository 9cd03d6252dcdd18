import { onScopeDispose, ref, shallowRef } from "vue";
import { act, ask } from "@/backend/backend";
import type { BundleJob } from "@/backend/contract";
import { faultFrom, type FaultError } from "@/backend/port";
import { useView } from "@/composables/useView";
import { useWaiting } from "@/stores/waiting";
import { Stopped, type Watch } from "./pieces";

// often enough for a bar that moves, seldom enough to cost nothing
const LOOK_EVERY_MS = 250;

/** What a page keeps of a bundle while one is elsewhere. */
export interface KeptBundle {
  job: number | null;
  ended: BundleJob | null;
}

/** Pieces on their way between the screen and the program. */
interface Moving {
  words: string;
  done: number;
  total: number;
}

/** An export or import from its beginning to its end; the job runs on while one is on another page. */
export function useBundleJob(key: string, ended: (job: BundleJob) => Promise<void>) {
  const kept = useView<KeptBundle>(key, () => ({ job: null, ended: null }));
  const job = shallowRef<BundleJob>();
  const moving = ref<Moving>();
  const fault = ref<FaultError>();
  const busy = ref(false);
  let stopped = false;
  let gone = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Runs the steps of one act; what stops it is shown, going back on it is no fault. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    stopped = false;
    fault.value = undefined;
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof Stopped)) fault.value = faultFrom(thrown);
    } finally {
      busy.value = false;
      moving.value = undefined;
    }
  }

  /** Watches pieces of a file of `total` bytes. */
  function watch(words: string, total: number): Watch {
    moving.value = { words, done: 0, total };
    return {
      done: (bytes) => {
        if (moving.value) moving.value.done = bytes;
      },
      stopped: () => stopped,
    };
  }

  async function follow(first: BundleJob): Promise<void> {
    kept.job = first.job;
    kept.ended = null;
    let seen = first;
    while (seen.phase === "running") {
      job.value = seen;
      await new Promise((next) => (timer = setTimeout(next, LOOK_EVERY_MS)));
      if (gone) return;
      seen = await ask("bundle_job", { job: seen.job });
    }
    job.value = undefined;
    kept.job = null;
    kept.ended = seen;
    if (seen.fault) fault.value = faultFrom(seen.fault);
    useWaiting().refreshSoon();
    await ended(seen);
  }

  /** Goes back on it: between two pieces here, and in the program where the job runs there. */
  async function cancel(): Promise<void> {
    stopped = true;
    if (kept.job === null) return;
    try {
      await act("cancel_bundle_job", { job: kept.job });
    } catch (thrown) {
      fault.value = faultFrom(thrown);
    }
  }

  const running = kept.job;
  if (running !== null) void attempt(async () => follow(await ask("bundle_job", { job: running })));
  onScopeDispose(() => {
    gone = true;
    stopped = true;
    clearTimeout(timer);
  });

  return { kept, job, moving, fault, busy, attempt, watch, follow, cancel };
}

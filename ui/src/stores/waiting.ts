// What waits for this person, and the state of synchronisation: asked once, and again whenever something changed.

import { defineStore } from "pinia";
import { ref } from "vue";
import { ask, backend } from "@/backend/backend";
import type { SyncStatus, Workbench } from "@/backend/contract";
import { faultFrom, type FaultError } from "@/backend/port";
import { useSession } from "./session";

/** Changes come in bursts during synchronisation: one question answers them together. */
const GATHER_MS = 250;
/** The pill's words hold times ("下次 09:20"): asked anew even when nothing changed. */
const REFRESH_MS = 30_000;

export const useWaiting = defineStore("waiting", () => {
  const workbench = ref<Workbench>();
  const sync = ref<SyncStatus>();
  const fault = ref<FaultError>();

  async function refresh(): Promise<void> {
    if (useSession().phase !== "ready") {
      workbench.value = undefined;
      sync.value = undefined;
      return;
    }
    try {
      [workbench.value, sync.value] = await Promise.all([ask("workbench", {}), ask("sync_status", {})]);
      fault.value = undefined;
    } catch (thrown) {
      fault.value = faultFrom(thrown);
    }
  }

  let gathering: ReturnType<typeof setTimeout> | undefined;
  function refreshSoon(): void {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      void refresh();
    }, GATHER_MS);
  }

  /** Starts listening; called once when the window opens. */
  function start(): void {
    backend.onChanged(refreshSoon);
    setInterval(refreshSoon, REFRESH_MS);
  }

  return { workbench, sync, fault, refresh, refreshSoon, start };
});

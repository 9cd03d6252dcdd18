// Where the program stands and who is at the keyboard.

import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { ask, act } from "@/backend/backend";
import { ACCESS, type Acts, type AppState, type Asks, type Duty } from "@/backend/contract";
import { usePreferences } from "./preferences";

export const useSession = defineStore("session", () => {
  const state = ref<AppState>();

  const phase = computed(() => state.value?.phase);
  const user = computed(() => state.value?.user ?? undefined);
  const town = computed(() => state.value?.town ?? undefined);
  const duties = computed<readonly Duty[]>(() => user.value?.duties ?? []);
  /** Today by this PC's clock, `YYYY-MM-DD`. */
  const today = computed(() => state.value?.today ?? new Date().toLocaleDateString("sv-SE"));

  /** Takes a new state, from wherever it came. */
  function enter(next: AppState): void {
    state.value = next;
    usePreferences().belongTo(next.user?.user);
  }

  async function load(): Promise<void> {
    enter(await ask("app_state", {}));
  }

  async function signOut(): Promise<void> {
    enter(await act("sign_out", {}));
  }

  /** Lets the curtain down; the forms below stay as they are. */
  async function lock(): Promise<void> {
    if (phase.value === "ready") enter(await act("lock", {}));
  }

  /** May the person at the keyboard use this command? */
  function may(command: keyof Asks | keyof Acts): boolean {
    const access = ACCESS[command];
    if (access === "open") return true;
    if (user.value === undefined) return false;
    return access === "any" || access.some((duty) => duties.value.includes(duty));
  }

  return { state, phase, user, town, duties, today, enter, load, signOut, lock, may };
});

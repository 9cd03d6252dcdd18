// Where the program stands and who is at the keyboard.

import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { ask, act } from "@/backend/backend";
import { ACCESS, type Acts, type AppState, type Asks, type Duty } from "@/backend/contract";
import { usePreferences } from "./preferences";

type Command = keyof Asks | keyof Acts;

/** What concerns the whole town at once: refused to whoever is in charge of some villages only. */
const WHOLE_TOWN: ReadonlySet<Command> = new Set([
  "start_import",
  "import_job",
  "cancel_import",
  "import_errors",
  "undo_import",
]);

export const useSession = defineStore("session", () => {
  const state = ref<AppState>();

  const phase = computed(() => state.value?.phase);
  const user = computed(() => state.value?.user ?? undefined);
  const town = computed(() => state.value?.town ?? undefined);
  const duties = computed<readonly Duty[]>(() => user.value?.duties ?? []);
  /** Villages that this person is in charge of: all of the town, where none are named. */
  const villages = computed(() => {
    const own = user.value?.villages ?? [];
    const all = town.value?.villages ?? [];
    return own.length === 0 ? all : all.filter((village) => own.includes(village.code));
  });
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

  /** Is it only the villages, not the duty, that keep this person from it? */
  function beyondVillages(command: Command): boolean {
    return WHOLE_TOWN.has(command) && (user.value?.villages.length ?? 0) > 0;
  }

  /** May the person at the keyboard use this command? */
  function may(command: Command): boolean {
    if (beyondVillages(command)) return false;
    const access = ACCESS[command];
    if (access === "open") return true;
    if (user.value === undefined) return false;
    return access === "any" || access.some((duty) => duties.value.includes(duty));
  }

  return {
    state,
    phase,
    user,
    town,
    duties,
    villages,
    today,
    enter,
    load,
    signOut,
    lock,
    beyondVillages,
    may,
  };
});

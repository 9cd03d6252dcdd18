// The curtain and the password box, as the gate of the program asks for them.

import { computed, ref, watch } from "vue";
import { standAtGate } from "@/backend/backend";
import { useSession } from "@/stores/session";

/** Whoever waits for the password box. */
const asking = ref<(given: boolean) => void>();
let asked: Promise<boolean> | undefined;

/** True while the password is asked for again. */
export const needsProof = computed(() => asking.value !== undefined);

/** Ends the box: with the password given, or not. */
export function endProof(given: boolean): void {
  asking.value?.(given);
  asking.value = undefined;
  asked = undefined;
}

function proof(): Promise<boolean> {
  // two acts at once are proven by one password
  asked ??= new Promise<boolean>((resolve) => (asking.value = resolve));
  return asked;
}

/** Answers the gate of the program for as long as the window lives. */
export function useGate(): void {
  const session = useSession();
  const lifted: (() => void)[] = [];
  standAtGate({
    signedOut: () => void session.load(),
    passwordDue: () => void session.load(),
    locked: () => {
      const waiting = new Promise<void>((resolve) => lifted.push(resolve));
      void session.load();
      return waiting;
    },
    proof,
  });
  watch(
    () => session.phase,
    (phase) => {
      if (phase !== "locked") lifted.splice(0).forEach((goOn) => goOn());
      else endProof(false);
    },
  );
}

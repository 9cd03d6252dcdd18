// Which door this page uses, decided once; and what the program's gate asks of the person before it answers.

import { FaultError, type Backend } from "./port";

const inWindow = "__TAURI_INTERNALS__" in window;

const door: Backend = inWindow
  ? (await import("./tauri")).tauriBackend
  : (await import("./http")).httpBackend;

/** What the screens do when the gate does not let a command through. */
export interface Gate {
  /** Nobody is signed in any more. */
  signedOut: () => void;
  /** The curtain is down. Resolves when it is up again. */
  locked: () => Promise<void>;
  /** Another password has to be chosen first. */
  passwordDue: () => void;
  /** The password is asked for again. Resolves with whether it was given. */
  proof: () => Promise<boolean>;
}

let gate: Gate | undefined;

export function standAtGate(watcher: Gate): void {
  gate = watcher;
}

/** Commands that are answered behind the curtain, or judge a password themselves: `locked` means the lockout there. */
const OWN_WORD = new Set<string>([
  "sign_in",
  "unlock",
  "recover",
  "reauthenticate",
  "change_password",
  "restore_damaged",
]);

async function passed<Reply>(kind: "ask" | "act", name: string, call: () => Promise<Reply>): Promise<Reply> {
  try {
    return await call();
  } catch (thrown) {
    if (!(thrown instanceof FaultError) || gate === undefined || OWN_WORD.has(name)) throw thrown;
    if (thrown.code === "signed_out") gate.signedOut();
    if (thrown.code === "password_due") gate.passwordDue();
    // what a page reads is read when it can be; what somebody was about to do waits for them
    if (thrown.code === "locked") {
      const lifted = gate.locked();
      if (kind === "ask") return lifted.then(() => passed(kind, name, call));
    }
    // the same command again, as it was
    if (thrown.code === "reauthenticate" && (await gate.proof())) return call();
    throw thrown;
  }
}

/** The program. Screens reach it through `useAsk`, `useAct` or this. */
export const backend: Backend = {
  ...door,
  ask: (name, request) => passed("ask", name, () => door.ask(name, request)),
  act: (name, request) => passed("act", name, () => door.act(name, request)),
};

export const { ask, act } = backend;

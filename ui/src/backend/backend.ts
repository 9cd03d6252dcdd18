// Which door this page uses, decided once.

import { FaultError, type Backend } from "./port";

const inWindow = "__TAURI_INTERNALS__" in window;

const door: Backend = inWindow
  ? (await import("./tauri")).tauriBackend
  : (await import("./http")).httpBackend;

let signedOut: () => void = () => undefined;

/** Called when the program answers that nobody is signed in any more. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

async function watched<Reply>(answer: Promise<Reply>): Promise<Reply> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof FaultError && thrown.code === "signed_out") signedOut();
    throw thrown;
  }
}

/** The program. Screens reach it through `useAsk`, `useAct` or this. */
export const backend: Backend = {
  ...door,
  ask: (name, request) => watched(door.ask(name, request)),
  act: (name, request) => watched(door.act(name, request)),
};

export const { ask, act } = backend;

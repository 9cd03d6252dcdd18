// The program in its own window.

import { invoke } from "@tauri-apps/api/core";
import { listen, TauriEvent } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { faultFrom, type Backend } from "./port";

const CHANGED_EVENT = "changed";

async function call<Reply>(command: "ask" | "act", name: string, request: unknown): Promise<Reply> {
  try {
    return await invoke<Reply>(command, { name, request });
  } catch (thrown) {
    throw faultFrom(thrown);
  }
}

export const tauriBackend: Backend = {
  ask: (name, request) => call("ask", name, request),
  act: (name, request) => call("act", name, request),
  onChanged(listener) {
    const listening = listen<string>(CHANGED_EVENT, (event) => listener(event.payload));
    return () => void listening.then((stop) => stop());
  },
  holdClose(mayClose) {
    const thisWindow = getCurrentWindow();
    // as long as somebody listens to this event, the window does not close by itself
    const listening = thisWindow.listen(TauriEvent.WINDOW_CLOSE_REQUESTED, async () => {
      if (!(await mayClose())) return;
      (await listening)();
      await thisWindow.destroy();
    });
    return () => void listening.then((stop) => stop());
  },
};

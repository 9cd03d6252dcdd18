// The same program behind a loopback address, for a browser.

import { faultFrom, type Backend } from "./port";

async function call<Reply>(kind: "ask" | "act", name: string, request: unknown): Promise<Reply> {
  let thrown: unknown;
  try {
    const response = await fetch(`/api/${kind}/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      credentials: "same-origin",
    });
    const body: unknown = await response.json();
    if (response.ok) return body as Reply;
    thrown = body;
  } catch (failure) {
    thrown = failure;
  }
  throw faultFrom(thrown);
}

export const httpBackend: Backend = {
  ask: (name, request) => call("ask", name, request),
  act: (name, request) => call("act", name, request),
  onChanged(listener) {
    const source = new EventSource("/api/changes");
    source.onmessage = (event: MessageEvent<string>) => listener(event.data);
    return () => source.close();
  },
  holdClose() {
    const hold = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  },
};

// Copying what must not stay: the clipboard is emptied after a while.

/** Long enough to paste it into another program. */
export const KEPT_MS = 60_000;

let timer: ReturnType<typeof setTimeout> | undefined;
let pending = false;

/** What the window copies meanwhile is somebody's own and stays. */
function forget(): void {
  pending = false;
  clearTimeout(timer);
  window.removeEventListener("pointerdown", empty, { capture: true });
  window.removeEventListener("keydown", empty, { capture: true });
  document.removeEventListener("copy", forget);
  document.removeEventListener("cut", forget);
}

/** Some web views allow it only in answer to the person: then the next click or key does it. */
async function empty(): Promise<void> {
  if (!pending) return;
  try {
    await navigator.clipboard.writeText("");
    forget();
  } catch {
    window.addEventListener("pointerdown", empty, { capture: true });
    window.addEventListener("keydown", empty, { capture: true });
  }
}

/** Copies a text and empties the clipboard a minute later. False where the system does not allow copying. */
export async function copyForAMinute(text: string): Promise<boolean> {
  forget();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return false;
  }
  pending = true;
  timer = setTimeout(() => void empty(), KEPT_MS);
  document.addEventListener("copy", forget);
  document.addEventListener("cut", forget);
  return true;
}

// Putting the keys somewhere after an act that took a while: by then whoever asked for it may be elsewhere.

import { isTyping } from "./keys";

/** Part of the window that the pages are in. */
const PAGES = "main";

/** An element, or a part that knows which of its elements takes the keys. */
export interface KeyTarget {
  focus: () => void;
}

/** True while the keys are with nobody, or still on the pages and not in a field that somebody types in. */
function areLeft(within: Pick<Element, "contains"> | null): boolean {
  const at = document.activeElement;
  if (at === null || at === document.body) return true;
  return within !== null && within.contains(at) && !isTyping(at);
}

/**
 * Gives the keys to `target`, unless the person has taken them elsewhere meanwhile: into the search box, a box over the
 * page, another field. `within` is where the act was made: all pages, where nothing else is said.
 */
export function takeKeys(
  target: KeyTarget | null | undefined,
  within: Pick<Element, "contains"> | null = document.getElementById(PAGES),
): void {
  if (areLeft(within)) target?.focus();
}

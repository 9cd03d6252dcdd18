// The keys never fall out of the page. What had them may be switched off while its act is under way, or go away with what
// it belonged to; whoever works by keyboard would stand nowhere then, and a reader would read from the top.

import { onMounted, onScopeDispose } from "vue";

/** Headings that can take the keys: of a page, of a detail beside it. They have `tabindex="-1"`. */
const HOMES = "[data-home]";
const BOXES = '[aria-modal="true"]';
/** Seen while an act is under way: a button of the library, a wait that is counted. */
const BUSY = '.is-loading, [role="progressbar"]';

/** Where the keys were last, on the page or in the box over it. */
interface Place {
  /** What had them, and everything round it, outwards. */
  around: HTMLElement[];
  /** It was switched off for a while: being on again it gets them back. */
  wasOff: boolean;
}

function isLost(element: Element | null): boolean {
  return element === null || element === document.body || element.matches(":disabled");
}

function take(element: HTMLElement): boolean {
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}

function hasOpenBox(): boolean {
  return [...document.querySelectorAll(BOXES)].some((box) => box.checkVisibility());
}

function goHome(place: Place): void {
  const [had] = place.around;
  if (had === undefined) return;
  if (had.isConnected) {
    const isOff = had.matches(":disabled");
    // it may be on again when the act is done
    if (isOff && document.querySelector(BUSY) !== null) return;
    // on all the time: somebody has put the keys away
    if (!isOff && !place.wasOff) return;
    if (!isOff && take(had)) return;
  }
  for (const part of place.around) {
    const homes = part.isConnected ? part.querySelectorAll<HTMLElement>(HOMES) : [];
    for (const home of homes) if (take(home)) return;
  }
}

/**
 * For as long as the window lives: where nobody has the keys any more although nobody put them away, they go back to what
 * had them, or to the heading of the nearest part round it that is still there. A part that knows a better place (the row
 * whose detail closes) puts them there itself, and is first.
 */
export function useFocusHome(): void {
  const page: Place = { around: [], wasOff: false };
  const box: Place = { around: [], wasOff: false };
  let looking: ReturnType<typeof setTimeout> | undefined;

  function onFocus(event: FocusEvent): void {
    const around: HTMLElement[] = [];
    for (let at = event.target; at instanceof HTMLElement; at = at.parentElement) around.push(at);
    Object.assign(around.some((each) => each.matches(BOXES)) ? box : page, { around, wasOff: false });
  }

  /** Whoever clicks where nothing takes the keys has put them away. */
  function onPointer(): void {
    (hasOpenBox() ? box : page).around = [];
  }

  function look(): void {
    if (isLost(document.activeElement)) goHome(hasOpenBox() ? box : page);
  }

  const seen = new MutationObserver(() => {
    // an act may be done before anybody looks
    for (const place of [page, box]) place.wasOff ||= place.around[0]?.matches(":disabled") ?? false;
    clearTimeout(looking);
    // after whoever changed the page has put the keys somewhere
    looking = setTimeout(look, 0);
  });
  document.addEventListener("focusin", onFocus);
  document.addEventListener("pointerdown", onPointer, { capture: true });
  onMounted(() =>
    seen.observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled", "class"] }),
  );
  onScopeDispose(() => {
    seen.disconnect();
    clearTimeout(looking);
    document.removeEventListener("focusin", onFocus);
    document.removeEventListener("pointerdown", onPointer, { capture: true });
  });
}

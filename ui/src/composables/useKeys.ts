import { onScopeDispose, shallowReactive, watch } from "vue";
import { isTyping, keyName, typesCharacter } from "./keys";

export interface KeyAct {
  /** What it does, for the list of all keys. */
  label: string;
  /** How the list names a whole row of keys, e.g. "Alt+1…8". */
  shownAs?: string;
  run: (event: KeyboardEvent) => void;
  /** False leaves the key to the browser and to whoever came before. */
  when?: () => boolean;
}

export type KeyMap = Record<string, KeyAct>;

interface Layer {
  title: string;
  map: KeyMap;
  /** A box over the page: what lies below it hears no keys. */
  barrier?: boolean;
}

const layers = shallowReactive<Layer[]>([]);

/**
 * Keys that work while the calling component is shown. Names: "Ctrl+N", "Alt+1", "F2", "Escape", "?". The component
 * shown last comes first. Nothing fires while an input method composes, and bare characters not while one types.
 */
export function useKeys(title: string, map: KeyMap): void {
  const layer: Layer = { title, map };
  layers.push(layer);
  onScopeDispose(() => {
    const at = layers.indexOf(layer);
    if (at >= 0) layers.splice(at, 1);
  });
}

/** While `open`, keys of the page below do not fire; those registered later (inside the box) and the box's own do. */
export function useKeyBarrier(open: () => boolean, map: KeyMap = {}): void {
  const layer: Layer = { title: "", map, barrier: true };
  const remove = (): void => {
    const at = layers.indexOf(layer);
    if (at >= 0) layers.splice(at, 1);
  };
  watch(open, (now) => (now ? layers.push(layer) : remove()), { immediate: true, flush: "sync" });
  onScopeDispose(remove);
}

/** All keys that work now, for the overlay. */
export function useKeyLayers(): readonly Layer[] {
  return layers;
}

function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const name = keyName(event);
  if (name === "" || (typesCharacter(name) && isTyping(event.target))) return;
  // a key held down would submit the next thing unseen
  if (event.repeat && name === "Ctrl+Enter") {
    event.preventDefault();
    return;
  }
  const inModal = event.target instanceof Element && event.target.closest('[aria-modal="true"]') !== null;
  // a box of the library's own (a question) has no layer
  if (inModal && !layers.some((layer) => layer.barrier)) return;
  for (const layer of [...layers].reverse()) {
    const act = layer.map[name];
    if (act && (act.when?.() ?? true)) {
      event.preventDefault();
      act.run(event);
      return;
    }
    if (layer.barrier) return;
  }
}

/** Called once when the window opens. */
export function listenToKeys(): void {
  window.addEventListener("keydown", onKeydown);
  window.addEventListener("keydown", beforeChoices, { capture: true });
}

/** A choice of the library opens with every Enter, also with the one that submits the page. */
function beforeChoices(event: KeyboardEvent): void {
  if (keyName(event) !== "Ctrl+Enter") return;
  if (!(event.target instanceof Element) || event.target.closest(".el-select") === null) return;
  onKeydown(event);
  if (event.defaultPrevented) event.stopPropagation();
}

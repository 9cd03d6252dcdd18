import { isComposing, type KeyPress } from "@/composables/keys";

/** What the grid needs of a keyboard event. */
export type GridKey = Omit<KeyPress, "code">;

/** Where the cursor is: on a cell, or inside its text. */
export type GridMode = "move" | "edit";

export type GridAction =
  | { does: "move"; rows: number; columns: number; extend: boolean }
  | { does: "edge"; row: "first" | "last"; extend: boolean }
  | { does: "next"; back: boolean }
  | { does: "candidate"; step: number }
  | { does: "pick"; then: "next" | "right" }
  | { does: "edit" }
  | { does: "toggle" }
  | { does: "openList" }
  | { does: "undo" }
  | { does: "cancel" }
  | { does: "removeRows" }
  | { does: "fillDown" };

const PAGE_ROWS = 10;
const ARROWS: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-PAGE_ROWS, 0],
  PageDown: [PAGE_ROWS, 0],
};

/**
 * What a key does in the grid; null leaves the key to the input field, the page or the input method.
 *
 * `list` says whether candidates are open under the cell.
 */
export function gridAction(event: GridKey, mode: GridMode, list: boolean): GridAction | null {
  if (isComposing(event)) return null;
  if (event.altKey) return event.key === "ArrowDown" ? { does: "openList" } : null;
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl) return ctrlAction(event, mode);
  if (list) {
    const inList = listAction(event);
    if (inList !== null) return inList;
  }
  switch (event.key) {
    case "Enter":
      return { does: "next", back: event.shiftKey };
    case "Escape":
      return mode === "edit" || list ? { does: "cancel" } : null;
    case " ":
      return mode === "move" ? { does: "toggle" } : null;
    case "F2":
      return mode === "move" ? { does: "edit" } : null;
    case "Delete":
      return mode === "move" ? { does: "removeRows" } : null;
  }
  const arrow = ARROWS[event.key];
  if (arrow === undefined) return null;
  const [rows, columns] = arrow;
  // inside a text the arrows to the sides move the caret
  if (mode === "edit" && columns !== 0) return null;
  return { does: "move", rows, columns, extend: event.shiftKey };
}

function ctrlAction(event: GridKey, mode: GridMode): GridAction | null {
  switch (event.key.toLowerCase()) {
    case "z":
      // inside a text the field takes back its own typing
      return mode === "move" ? { does: "undo" } : null;
    case "d":
      return { does: "fillDown" };
    case "home":
      return { does: "edge", row: "first", extend: event.shiftKey };
    case "end":
      return { does: "edge", row: "last", extend: event.shiftKey };
    default:
      return null;
  }
}

function listAction(event: GridKey): GridAction | null {
  switch (event.key) {
    case "ArrowDown":
      return { does: "candidate", step: 1 };
    case "ArrowUp":
      return { does: "candidate", step: -1 };
    case "Enter":
      return event.shiftKey ? null : { does: "pick", then: "next" };
    case "Tab":
      return event.shiftKey ? null : { does: "pick", then: "right" };
    default:
      return null;
  }
}

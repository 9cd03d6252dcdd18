// Key names ("Ctrl+Shift+K") and the guard for input methods; pure, so that it can be tested.

export interface KeyPress {
  key: string;
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  keyCode: number;
}

/** The key code that engines send for keys eaten by an input method. */
const COMPOSING_KEY_CODE = 229;

/** True while an input method is choosing characters: its Enter and arrows are not ours. */
export function isComposing(event: Pick<KeyPress, "isComposing" | "keyCode">): boolean {
  return event.isComposing || event.keyCode === COMPOSING_KEY_CODE;
}

/** The press as a name: modifiers in the order Ctrl, Alt, Shift, then the key. Empty for keys that are not ours. */
export function keyName(event: KeyPress): string {
  if (event.metaKey || isComposing(event)) return "";
  const key = baseKey(event);
  if (key === "") return "";
  const parts: string[] = [];
  if (event.ctrlKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  // "?" already says that Shift was held
  if (event.shiftKey && (key.length > 1 || event.ctrlKey || event.altKey)) parts.push("Shift");
  parts.push(key);
  return parts.join("+");
}

function baseKey(event: KeyPress): string {
  if (["Control", "Alt", "Shift", "Meta", "Dead", "Process", "Unidentified"].includes(event.key)) return "";
  // with Alt or Ctrl some layouts give another character: the place on the keyboard counts then
  const place = /^(?:Key([A-Z])|Digit(\d)|Numpad(\d))$/.exec(event.code);
  if ((event.ctrlKey || event.altKey) && place) return place[1] ?? place[2] ?? place[3] ?? "";
  if (event.key === " ") return "Space";
  return event.key.length === 1 ? event.key.toUpperCase() : event.key;
}

/** True where plain letters belong to the text being typed. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button", "file"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** A bare key (no Ctrl or Alt, not a function key) would also type a character. */
export function typesCharacter(name: string): boolean {
  return name.length === 1 || name === "Space";
}

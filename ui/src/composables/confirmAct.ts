import { ElMessageBox } from "element-plus";
import { keyName } from "./keys";

export interface Confirmation {
  /** Names the act and what it touches: "作废 3 张服务单". */
  title: string;
  /** What follows from it. */
  text: string;
  /** The button, a verb with its object. */
  verb: string;
  /** It destroys what nobody can bring back: the button looks like it. */
  destroys?: boolean;
}

/** Asked by a box or a detail that closes with something typed in it. */
export const UNSAVED: Confirmation = {
  title: "填的内容还没有保存",
  text: "现在关闭，填的内容就没有了。",
  verb: "丢掉并关闭",
};

/** The button that says yes; its style writes the keys on it, because the library takes a text only. */
const YES = "confirm-yes";

/** Ctrl+Enter says yes; nothing below the question hears it. */
function onKeydown(event: KeyboardEvent): void {
  if (keyName(event) !== "Ctrl+Enter") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // a key held down since the page would answer before the question is read
  if (event.repeat) return;
  document.querySelector<HTMLElement>(`.${YES}`)?.click();
}

/** Asks before an act that can't be undone; everything else is done at once and offers undo. */
export async function confirmAct(confirmation: Confirmation): Promise<boolean> {
  window.addEventListener("keydown", onKeydown, true);
  try {
    await ElMessageBox.confirm(confirmation.text, confirmation.title, {
      confirmButtonText: confirmation.verb,
      cancelButtonText: "取消",
      confirmButtonClass: YES,
      confirmButtonType: confirmation.destroys ? "danger" : "primary",
      // the safe choice holds the focus
      autofocus: false,
      closeOnClickModal: false,
      // the library closes it without an answer, and whoever asked would wait for ever
      closeOnHashChange: false,
    });
    return true;
  } catch {
    // the library rejects when the person declines
    return false;
  } finally {
    window.removeEventListener("keydown", onKeydown, true);
  }
}

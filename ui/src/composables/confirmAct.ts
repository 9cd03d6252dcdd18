import { ElMessageBox } from "element-plus";
import { keyName } from "./keys";

export interface Confirmation {
  /** Names the act and what it touches: "作废 3 张服务单". */
  title: string;
  /** What follows from it. */
  text: string;
  /** The button, a verb with its object. */
  verb: string;
}

const BOX = "confirm-act";

/** Ctrl+Enter says yes; nothing below the question hears it. */
function onKeydown(event: KeyboardEvent): void {
  if (keyName(event) !== "Ctrl+Enter") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // a key held down since the page would answer before the question is read
  if (event.repeat) return;
  document.querySelector<HTMLElement>(`.${BOX} .el-message-box__btns .el-button--primary`)?.click();
}

/** Asks before an act that can't be undone; everything else is done at once and offers undo. */
export async function confirmAct(confirmation: Confirmation): Promise<boolean> {
  window.addEventListener("keydown", onKeydown, true);
  try {
    await ElMessageBox.confirm(confirmation.text, confirmation.title, {
      confirmButtonText: confirmation.verb,
      cancelButtonText: "取消",
      customClass: BOX,
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

import { ElMessageBox } from "element-plus";

export interface Confirmation {
  /** Names the act and what it touches: "作废 3 张服务单". */
  title: string;
  /** What follows from it. */
  text: string;
  /** The button, a verb with its object. */
  verb: string;
}

/** Asks before an act that can't be undone; everything else is done at once and offers undo. */
export async function confirmAct(confirmation: Confirmation): Promise<boolean> {
  try {
    await ElMessageBox.confirm(confirmation.text, confirmation.title, {
      confirmButtonText: confirmation.verb,
      cancelButtonText: "不做",
      // the safe choice holds the focus
      autofocus: false,
      closeOnClickModal: false,
    });
    return true;
  } catch {
    // the library rejects when the person declines
    return false;
  }
}

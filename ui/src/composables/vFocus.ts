import type { Directive } from "vue";

/** A tick is none: a stray Space would change it. */
const FIELDS =
  "input:not([disabled], [type=hidden], [type=checkbox]), textarea:not([disabled]), select:not([disabled])";

/** The first field inside takes the focus. Gives whether there was one. */
export function focusFirstField(inside: HTMLElement | null | undefined): boolean {
  const field = inside?.querySelector<HTMLElement>(FIELDS);
  field?.focus({ preventScroll: true });
  return field != null;
}

/** `v-focus`: the first field inside takes the focus when it appears. */
export const vFocus: Directive<HTMLElement> = { mounted: (element) => void focusFirstField(element) };

import type { Directive } from "vue";

/** `v-focus`: the first field inside takes the focus when it appears. */
export const vFocus: Directive<HTMLElement> = {
  mounted(element) {
    element.querySelector<HTMLElement>("input, textarea, select")?.focus({ preventScroll: true });
  },
};

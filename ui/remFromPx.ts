import type { Plugin } from "postcss";

/** One rem at 100 % type size. */
const ROOT_PX = 16;

/**
 * Turns the pixel sizes of one package's style sheets into rem, so that its components grow with the type size that
 * the user chose. Hairlines (up to 1 px) stay hairlines.
 */
export function remFromPx(packageName: string): Plugin {
  return {
    postcssPlugin: "rem-from-px",
    Once(root) {
      const file = root.source?.input.file ?? "";
      if (!file.includes(packageName)) return;
      root.walkDecls((decl) => {
        decl.value = decl.value.replace(/(?<![\w.-])(-?\d*\.?\d+)px\b/g, (whole, digits: string) => {
          const px = Number(digits);
          return Math.abs(px) <= 1 ? whole : `${Number((px / ROOT_PX).toFixed(4))}rem`;
        });
      });
    },
  };
}

import type { Plugin } from "vite";

const DAYJS = "dayjs/esm/index.js";
const ITS_PROTOTYPE = "var _proto = Dayjs.prototype;";

/**
 * The window freezes `Object.prototype` before any script runs (tauri.conf.json, `freezePrototype`). An inherited
 * frozen property can't be assigned to, and the date library of the component library assigns `valueOf` and
 * `toString` to its prototype: this gives the prototype its own ones first.
 */
export function frozenPrototypes(): Plugin {
  return {
    name: "frozen-prototypes",
    enforce: "pre",
    config: () => ({ resolve: { alias: [{ find: /^dayjs$/, replacement: DAYJS }] } }),
    transform(code, id) {
      if (!id.replaceAll("\\", "/").endsWith(DAYJS)) return undefined;
      // a release that is written otherwise must not pass unnoticed
      if (!code.includes(ITS_PROTOTYPE)) this.error("dayjs no longer declares its prototype as expected");
      const own = `for (const key of ["valueOf", "toString"]) Object.defineProperty(_proto, key, { writable: true, configurable: true });`;
      return { code: code.replace(ITS_PROTOTYPE, `${ITS_PROTOTYPE} ${own}`), map: null };
    },
  };
}

import type { Plugin } from "vite";

/** What a library writes that a frozen `Object.prototype` forbids, and what it has to write instead. */
interface Mend {
  file: string;
  from: string;
  to: string;
}

const DAYJS = "dayjs/esm/index.js";
const DAYJS_PROTOTYPE = "var _proto = Dayjs.prototype;";
const MENDS: readonly Mend[] = [
  {
    // the date library of the component library assigns `valueOf` and `toString` to its prototype
    file: DAYJS,
    from: DAYJS_PROTOTYPE,
    to: `${DAYJS_PROTOTYPE} for (const key of ["valueOf", "toString"]) Object.defineProperty(_proto, key, { writable: true, configurable: true });`,
  },
  {
    // the chart library copies every name of a prototype, `constructor` among them, onto a plain object
    file: "echarts/lib/core/Scheduler.js",
    from: "target[name_1] = noop;",
    to: "Object.defineProperty(target, name_1, { value: noop, writable: true, configurable: true, enumerable: true });",
  },
];

/**
 * The window freezes `Object.prototype` before any script runs (tauri.conf.json, `freezePrototype`). An inherited
 * frozen property can't be assigned to: libraries that do so are given properties of their own first.
 */
export function frozenPrototypes(): Plugin {
  return {
    name: "frozen-prototypes",
    enforce: "pre",
    config: () => ({ resolve: { alias: [{ find: /^dayjs$/, replacement: DAYJS }] } }),
    transform(code, id) {
      const path = id.replaceAll("\\", "/");
      const mend = MENDS.find(({ file }) => path.endsWith(`/${file}`));
      if (mend === undefined) return undefined;
      // a release that is written otherwise must not pass unnoticed
      if (!code.includes(mend.from)) this.error(`${mend.file} no longer reads as expected`);
      return { code: code.replace(mend.from, mend.to), map: null };
    },
  };
}

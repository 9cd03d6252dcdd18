// Which sheet a page is printed on; pure.

/** Paper sizes that the program prints on; each is a named page in print.css. */
export type Sheet = "a4" | "a4-wide" | "a5" | "a5-wide";

/** Width and height, mm. */
const SHEETS: Readonly<Record<Sheet, readonly [number, number]>> = {
  a4: [210, 297],
  "a4-wide": [297, 210],
  a5: [148, 210],
  "a5-wide": [210, 148],
};
const POINTS_PER_MM = 72 / 25.4;

/** The sheet nearest to a page of this size in points. */
export function sheetFor(widthPt: number, heightPt: number): Sheet {
  const off = ([width, height]: readonly [number, number]): number =>
    Math.abs(widthPt / POINTS_PER_MM - width) + Math.abs(heightPt / POINTS_PER_MM - height);
  return (Object.keys(SHEETS) as Sheet[]).reduce((best, each) =>
    off(SHEETS[each]) < off(SHEETS[best]) ? each : best,
  );
}

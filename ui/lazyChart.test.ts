import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const SOURCES = path.join(import.meta.dirname, "src");

/** Every source file by its path from src/, with what it imports at once and what it fetches later. */
const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((name) => /(?<!\.test)\.ts$|\.vue$/.test(name))
  .map((name) => {
    const text = readFileSync(path.join(SOURCES, name), "utf8");
    const named = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((found) => found[1] ?? "");
    return {
      name: name.replaceAll("\\", "/"),
      atOnce: named(/^(?:import|export)\s(?!type\b)(?:[^"';]*?\sfrom\s)?"([^"]+)"/gm),
      later: named(/\bimport\("([^"]+)"\)/g),
    };
  });
const importing = (pattern: RegExp): string[] =>
  files.filter((file) => file.atOnce.some((from) => pattern.test(from))).map((file) => file.name);

// the library is as large as the rest of the program: it comes when there is something to draw, not with a page
describe("the chart library", () => {
  it("is known to the chart alone", () => {
    expect(importing(/^echarts(\/|$)/)).toEqual(["components/lineChart.ts"]);
    expect(importing(/\/lineChart$/)).toEqual(["components/LineChart.vue"]);
  });
  it("comes with no page", () => {
    expect(importing(/\/LineChart\.vue$/)).toEqual([]);
    const fetching = files.filter((file) => file.later.includes("@/components/LineChart.vue"));
    expect(fetching.map((file) => file.name)).toEqual(["brands/IndicatorPart.vue"]);
  });
});

import { describe, expect, it } from "vitest";
import { isNamed, matches } from "./matching";

describe("matches", () => {
  const screen = { label: "导入记录", words: "撤销 名册 drjl" };

  it("finds by a part of the label, by another word, by initials", () => {
    expect(matches("记录", screen)).toBe(true);
    expect(matches("名", screen)).toBe(true);
    expect(matches("DRJ", screen)).toBe(true);
  });

  it("wants every word", () => {
    expect(matches("导入 名册", screen)).toBe(true);
    expect(matches("导入 用户", screen)).toBe(false);
  });

  it("tells what is called so from what is also meant", () => {
    expect(isNamed("记录", screen)).toBe(true);
    expect(isNamed("记录 名册", screen)).toBe(false);
  });

  it("finds nothing by nothing", () => {
    expect(matches("  ", screen)).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { sheetFor } from "./sheets";

describe("sheetFor", () => {
  it.each([
    [595.28, 841.89, "a4"],
    [841.89, 595.28, "a4-wide"],
    [419.53, 595.28, "a5"],
    [595, 420, "a5-wide"],
    [612, 792, "a4"],
  ])("a page of %d × %d points goes on %s", (width, height, sheet) => {
    expect(sheetFor(width, height)).toBe(sheet);
  });
});

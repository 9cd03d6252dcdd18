import { describe, expect, it } from "vitest";
import { base64Of, bytesOf } from "./files";

describe("base64", () => {
  it("gives back every byte, also beyond one chunk", async () => {
    const bytes = Uint8Array.from({ length: 100_003 }, (_, at) => at % 256);
    expect(bytesOf(await base64Of(new Blob([bytes])))).toEqual(bytes);
  });
});

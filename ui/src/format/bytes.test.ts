import { describe, expect, it } from "vitest";
import { byteSize } from "./bytes";

describe("byteSize", () => {
  it("keeps one digit while the figure is small", () => {
    expect(byteSize(0)).toBe("0 字节");
    expect(byteSize(1023)).toBe("1023 字节");
    expect(byteSize(1024)).toBe("1 KB");
    expect(byteSize(1229)).toBe("1.2 KB");
    expect(byteSize(10_189)).toBe("10 KB");
  });

  it("goes on in the next unit before it says a thousand", () => {
    expect(byteSize(1_023_999)).toBe("1 MB");
    expect(byteSize(2 * 1024 ** 3)).toBe("2 GB");
    expect(byteSize(5_000 * 1024 ** 3)).toBe("5000 GB");
  });
});

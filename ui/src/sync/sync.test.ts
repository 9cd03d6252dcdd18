import { describe, expect, it } from "vitest";
import type { RightLine } from "@/backend/contract";
import { readNetworks } from "./networks";
import { progressShare, progressWords } from "./progress";
import { rightWords, wantedWords } from "./rights";

describe("progressWords", () => {
  it("says what is known", () => {
    const progress = { done_ops: 1234, total_ops: 5000, bytes: 1229, ops_per_s: 830, remaining_s: 65 };
    expect(progressWords(progress)).toBe("1,234 / 5,000 条，每秒 830 条，还需约 1 分 5 秒，已传 1.2 KB");
    expect(progressShare(progress)).toBeCloseTo(0.2468);
  });

  it("leaves out what is not known yet", () => {
    const progress = { done_ops: 0, total_ops: 0, bytes: 0, ops_per_s: 0, remaining_s: null };
    expect(progressWords(progress)).toBe("");
    expect(progressShare(progress)).toBeUndefined();
  });
});

describe("readNetworks", () => {
  it("takes one a line or any divider, each once", () => {
    expect(readNetworks("10.21.0.0/16\n192.168.1.0/24，10.21.0.0/16").networks).toEqual([
      "10.21.0.0/16",
      "192.168.1.0/24",
    ]);
    expect(readNetworks("FD00:12::／32")).toEqual({ networks: ["fd00:12::/32"], problem: undefined });
    expect(readNetworks("  \n ")).toEqual({ networks: [], problem: undefined });
  });

  it("says which line is none", () => {
    for (const wrong of ["办公网", "300.1.0.0/16", "10.21.", "10.0.0.0/33"]) {
      expect(readNetworks(`10.21.0.0/16\n${wrong}`).problem).toContain(wrong);
    }
  });

  it("takes no more than the program keeps", () => {
    const many = Array.from({ length: 21 }, (_, at) => `10.${at}.0.0/16`).join("\n");
    expect(readNetworks(many).problem).toContain("20");
  });
});

describe("the right to spend offline", () => {
  const right: RightLine = {
    scope: "330211105001",
    name: "河头村",
    holder: "nobody",
    holder_label: null,
    asked_here: false,
    wanted_elsewhere: false,
  };

  it("says where it lies", () => {
    expect(rightWords(right).word).toBe("没有电脑持有");
    expect(rightWords({ ...right, holder: "here" })).toEqual({ tone: "good", word: "在本机" });
    expect(rightWords({ ...right, holder: "elsewhere", holder_label: "河头村文书" }).word).toBe(
      "在河头村文书",
    );
  });

  it("says who asks for it: the other one to the holder, this one to itself", () => {
    expect(wantedWords(right)).toBe("");
    expect(wantedWords({ ...right, holder: "here", wanted_elsewhere: true })).toBe("另一台电脑申请要");
    expect(
      wantedWords({ ...right, holder: "elsewhere", asked_here: true, wanted_elsewhere: true }),
    ).toContain("本机已申请");
  });
});

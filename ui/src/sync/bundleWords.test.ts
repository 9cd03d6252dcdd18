import { describe, expect, it } from "vitest";
import type { BundlePlan, BundleTaken } from "@/backend/contract";
import { bundleRefusal, planLines, takenWords } from "./bundleWords";

const TAKEN: BundleTaken = {
  bundle: "",
  from: "",
  made_at: "",
  new_ops: 0,
  known_ops: 0,
  confirmations: 0,
  refusals: 0,
  files: 0,
  cut: false,
  rest: [],
};

describe("takenWords", () => {
  it("says what is new, known, confirmed and sent back", () => {
    expect(takenWords({ ...TAKEN, new_ops: 12, known_ops: 1200, confirmations: 3, refusals: 1 })).toBe(
      "12 条是新的，1,200 条本机已有，本机的 3 条得到确认，本机的 1 条被退回。",
    );
  });

  it("says so when nothing changed", () => {
    expect(takenWords(TAKEN)).toContain("什么也没有变");
    expect(takenWords({ ...TAKEN, known_ops: 615 })).toBe("没有新的记录：615 条本机都已有。");
  });

  it("says first that no record was new where only photographs came", () => {
    expect(takenWords({ ...TAKEN, known_ops: 669, files: 15 })).toBe(
      "没有新的记录，669 条本机都已有；新收到照片文件 15 个。",
    );
    expect(takenWords({ ...TAKEN, new_ops: 2, files: 1 })).toBe("2 条是新的，新收到照片文件 1 个。");
  });

  it("does not say that nothing was missing where records wait", () => {
    expect(takenWords({ ...TAKEN, rest: ["40 条要等前面的记录到了才能读入"] })).toContain("原因见下");
  });
});

describe("planLines", () => {
  const plan: BundlePlan = {
    recipients: [],
    pending_ops: 3,
    confirmed_ops: 40,
    since: "2026-11-20 08:00",
    keys: 0,
    files: 0,
    files_bytes: 0,
    estimate_bytes: 2048,
  };

  it("leaves out what there is none of, and always tells the size", () => {
    expect(planLines(plan).map(([label]) => label)).toEqual(["待发送", "已收下的", "大小"]);
    expect(planLines({ ...plan, keys: 2, files: 3 })).toHaveLength(5);
  });

  it("tells how much room the photographs take", () => {
    expect(planLines({ ...plan, files: 15, files_bytes: 1_500_000 })[2]).toEqual([
      "照片文件",
      "15 个，共 1.4 MB",
    ]);
  });

  it("says when it goes back to the beginning", () => {
    expect(planLines(plan)[1]?.[1]).toContain("2026-11-20 08:00 以后");
    expect(planLines({ ...plan, since: null })[1]?.[1]).toContain("从头开始");
  });
});

describe("bundleRefusal", () => {
  it("knows a bundle by its ending and size", () => {
    expect(bundleRefusal({ name: "九龙湖.ZXB", size: 10 })).toBeUndefined();
    expect(bundleRefusal({ name: "名册.xlsx", size: 10 })).toContain(".zxb");
    expect(bundleRefusal({ name: "a.zxb", size: 0 })).toContain("空");
    expect(bundleRefusal({ name: "a.zxb", size: 3 * 1024 ** 3 })).toContain("2 GB");
  });
});

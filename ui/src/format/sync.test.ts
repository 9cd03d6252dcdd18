import { describe, expect, it } from "vitest";
import { equalityTone, refusedWords, syncTone } from "./sync";

describe("syncTone", () => {
  it("takes being offline as normal", () => {
    expect(syncTone({ state: "offline", pending: 12 })).toBe("quiet");
  });

  it("is red only where a person has to do something", () => {
    expect(syncTone({ state: "district_changed", pending: 0 })).toBe("fault");
    expect(syncTone({ state: "server_fault", pending: 0 })).toBe("wait");
    expect(syncTone({ state: "idle", pending: 0, refused: 2 })).toBe("fault");
  });

  it("takes a pause for a wait, another network for rest", () => {
    expect(syncTone({ state: "paused", pending: 0 })).toBe("wait");
    expect(syncTone({ state: "other_network", pending: 3 })).toBe("quiet");
  });

  it("is green only when nothing waits", () => {
    expect(syncTone({ state: "idle", pending: 0 })).toBe("good");
    expect(syncTone({ state: "idle", pending: 3 })).toBe("wait");
  });
});

describe("equalityTone", () => {
  const tone = (state: Parameters<typeof syncTone>[0]["state"], equal = true) =>
    equalityTone({ equality: { equal }, status: { state, pending: 0 } });

  it("is certain only while the exchange goes on", () => {
    expect(tone("idle")).toBe("good");
    expect(tone("running")).toBe("good");
    expect(tone("paused")).toBe("wait");
    expect(tone("offline")).toBe("quiet");
    expect(tone("district_changed")).toBe("fault");
  });

  it("is never green where they are not equal", () => {
    expect(tone("idle", false)).toBe("wait");
  });
});

describe("refusedWords", () => {
  it("says refusals whatever else is going on, and once", () => {
    expect(refusedWords({ words: "离线，照常工作", refused: 2 })).toBe("2 条被退回");
    expect(refusedWords({ words: "2 条被退回", refused: 2 })).toBeUndefined();
    expect(refusedWords({ words: "已同步 09:12", refused: 0 })).toBeUndefined();
  });
});

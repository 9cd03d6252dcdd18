import { describe, expect, it } from "vitest";
import { count, duration, movement, percent, points, remaining, shortDay, shortTime } from "./words";

describe("figures and times", () => {
  it("groups thousands and names the unit", () => {
    expect(count(24950)).toBe("24,950");
    expect(points(-12)).toBe("-12 分");
  });

  it("rounds a share, and says all or nothing only where it is", () => {
    expect(percent(849, 1000)).toBe("85%");
    expect(percent(844, 1000)).toBe("84%");
    expect(percent(999, 1000)).toBe("99%");
    expect(percent(1000, 1000)).toBe("100%");
    expect(percent(1, 1000)).toBe("1%");
    expect(percent(0, 0)).toBe("0%");
  });

  it("says hours and minutes only where there are any", () => {
    expect(duration(150)).toBe("2 小时 30 分");
    expect(duration(120)).toBe("2 小时");
    expect(duration(45)).toBe("45 分");
    expect(duration(0)).toBe("0 分");
    expect(duration(90_000)).toBe("1,500 小时");
  });

  it("says an overdrawn account with its sign, and which way minutes moved", () => {
    expect(duration(-90)).toBe("-1 小时 30 分");
    expect(movement(90)).toBe("+1 小时 30 分");
    expect(movement(-60)).toBe("-1 小时");
  });

  it("never promises 0 seconds", () => {
    expect(remaining(0.2)).toBe("1 秒");
    expect(remaining(79.5)).toBe("1 分 20 秒");
  });

  it("leaves out the year when it is this one", () => {
    expect(shortDay("2026-11-22", "2026-11-30")).toBe("11-22");
    expect(shortDay("2025-12-31", "2026-01-02")).toBe("2025-12-31");
  });

  it("leaves out the day when it is today", () => {
    expect(shortTime("2026-11-22 09:12", "2026-11-22")).toBe("09:12");
    expect(shortTime("2026-11-21 16:30", "2026-11-22")).toBe("昨天 16:30");
    expect(shortTime("2026-10-31 16:30", "2026-11-01")).toBe("昨天 16:30");
    expect(shortTime("2026-11-20 16:30", "2026-11-22")).toBe("11-20 16:30");
  });
});

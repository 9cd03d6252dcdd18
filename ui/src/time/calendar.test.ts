import { describe, expect, it } from "vitest";
import { dayAfter, monthAfter, monthDays, monthEnds, monthWords, spanLimits } from "./calendar";

describe("a month", () => {
  it("has its days with their weekdays", () => {
    const days = monthDays("2026-11");
    expect(days).toHaveLength(30);
    expect(days[0]).toEqual({ day: "2026-11-01", date: 1, weekday: "日", weekend: true });
    expect(days[1]).toMatchObject({ weekday: "一", weekend: false });
  });
  it("ends where February ends", () => {
    expect(monthEnds("2028-02")).toEqual({ from: "2028-02-01", to: "2028-02-29" });
    expect(monthDays("2026-02")).toHaveLength(28);
  });
  it("leads to its neighbours over the turn of the year", () => {
    expect(monthAfter("2026-12", 1)).toBe("2027-01");
    expect(monthAfter("2026-01", -1)).toBe("2025-12");
    expect(dayAfter("2026-12-31", 1)).toBe("2027-01-01");
    expect(dayAfter("2026-03-01", -7)).toBe("2026-02-22");
  });
  it("is said without a leading zero", () => expect(monthWords("2026-03")).toBe("2026 年 3 月"));
});

describe("spanLimits", () => {
  const view = { month: "2026-11", day: "2026-11-22" };
  it("limits the list to the day, the month, or not at all", () => {
    expect(spanLimits({ ...view, span: "day" })).toEqual({ from: "2026-11-22", to: "2026-11-22" });
    expect(spanLimits({ ...view, span: "month" })).toEqual({ from: "2026-11-01", to: "2026-11-30" });
    expect(spanLimits({ ...view, span: "all" })).toEqual({ from: null, to: null });
  });
});

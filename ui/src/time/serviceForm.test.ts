import { describe, expect, it } from "vitest";
import { freshService, serviceGaps, serviceRequest, type ServiceForm } from "./serviceForm";

const FORM: ServiceForm = {
  ...freshService("2026-11-25"),
  person: { id: "r1" } as ServiceForm["person"],
  serviceType: "t1",
  start: "905",
  planned: "1.5",
  place: " 东街 ",
};

describe("a service form", () => {
  it("says everything that is missing at once", () => {
    expect(serviceGaps(freshService("2026-11-25")).map(([field]) => field)).toEqual([
      "resident",
      "service_type",
      "start",
      "planned_min",
    ]);
  });
  it("bounds the length before it is sent", () => {
    expect(serviceGaps({ ...FORM, planned: "13小时" })).toEqual([
      ["planned_min", "时长在 10 分到 12 小时之间"],
    ]);
    expect(serviceGaps({ ...FORM, planned: "5分" })).toHaveLength(1);
  });
  it("becomes a request in minutes and clock times", () => {
    expect(serviceGaps(FORM)).toEqual([]);
    expect(serviceRequest(FORM)).toMatchObject({
      resident: "r1",
      start: "09:05",
      planned_min: 90,
      place: "东街",
    });
  });
});

import { describe, expect, it } from "vitest";
import { requestIds } from "./request";

describe("requestIds", () => {
  it("keeps the id of the same content until it is done", () => {
    const ids = requestIds();
    const first = ids.idFor({ orders: ["1"] });
    expect(ids.idFor({ orders: ["1"] })).toBe(first);
    expect(ids.idFor({ orders: ["1", "2"] })).not.toBe(first);
  });
  it("takes the same content for another act once the first is done", () => {
    const ids = requestIds();
    const first = ids.idFor("x");
    ids.done();
    expect(ids.idFor("x")).not.toBe(first);
  });
});

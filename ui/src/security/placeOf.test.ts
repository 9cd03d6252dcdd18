import { describe, expect, it } from "vitest";
import { routes } from "@/router/routes";
import { placeOf } from "./placeOf";

const PAGES = ["backups", "users", "pcs", "sync", "verify", "audit", "recovery_key"] as const;

describe("the way to mend a finding", () => {
  it("leads to a page that is there", () => {
    const names = routes.flatMap((route) => [route, ...(route.children ?? [])]).map((route) => route.name);
    for (const page of PAGES) {
      expect(names).toContain(placeOf(page, false).route);
      expect(names).toContain(placeOf(page, true).route);
    }
  });

  it("leads back to the key's own page while the key waits to be confirmed", () => {
    expect(placeOf("recovery_key", true).route).toBe("first-run");
    expect(placeOf("recovery_key", false).route).toBe("recovery-key");
  });
});

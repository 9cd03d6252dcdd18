import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takeKeys } from "./takeKeys";

class Node {
  isContentEditable = false;
  constructor(readonly inside?: string) {}
}
class Field extends Node {
  type = "text";
}
class Other {}

const pages = { contains: (at: unknown) => (at as Node).inside === "page" } as unknown as Element;
const body = new Node();
const target = { focus: vi.fn() };
let at: Node | null;

/** Whether the keys go to the target when they are here. */
function goes(here: Node | null): boolean {
  at = here;
  target.focus.mockClear();
  takeKeys(target);
  return target.focus.mock.calls.length === 1;
}

describe("after an act", () => {
  beforeEach(() => {
    vi.stubGlobal("HTMLElement", Node);
    vi.stubGlobal("HTMLInputElement", Field);
    vi.stubGlobal("HTMLTextAreaElement", Other);
    vi.stubGlobal("HTMLSelectElement", Other);
    vi.stubGlobal("document", {
      body,
      get activeElement() {
        return at;
      },
      getElementById: () => pages,
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it("the keys go to their place from nowhere and from the page", () => {
    expect(goes(null)).toBe(true);
    expect(goes(body)).toBe(true);
    expect(goes(new Node("page"))).toBe(true);
  });

  it("they stay in the search box, in a box over the page, and in a field that somebody types in", () => {
    expect(goes(new Field("bar"))).toBe(false);
    expect(goes(new Node("dialog"))).toBe(false);
    expect(goes(new Field("page"))).toBe(false);
  });

  it("a target that has gone takes nothing", () => {
    at = body;
    expect(() => takeKeys(null)).not.toThrow();
  });
});

import { describe, expect, it } from "vitest";
import { gridAction, type GridKey } from "./gridKeys";

function press(key: string, more: Partial<GridKey> = {}): GridKey {
  return {
    key,
    keyCode: 0,
    isComposing: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    altKey: false,
    ...more,
  };
}

describe("gridAction", () => {
  it("leaves every key to the input method while it composes", () => {
    for (const key of ["Enter", "ArrowDown", "Escape", "Tab", "Delete"]) {
      expect(gridAction(press(key, { isComposing: true }), "edit", true)).toBeNull();
      expect(gridAction(press(key, { keyCode: 229 }), "edit", true)).toBeNull();
    }
  });
  it("picks by Enter and moves on, by Tab and goes right", () => {
    expect(gridAction(press("Enter"), "edit", true)).toEqual({ does: "pick", then: "next" });
    expect(gridAction(press("Tab"), "edit", true)).toEqual({ does: "pick", then: "right" });
  });
  it("moves on by Enter where no list is open", () => {
    expect(gridAction(press("Enter"), "move", false)).toEqual({ does: "next", back: false });
    expect(gridAction(press("Enter", { shiftKey: true }), "move", false)).toEqual({
      does: "next",
      back: true,
    });
  });
  it("lets Tab leave the grid", () => {
    expect(gridAction(press("Tab"), "move", false)).toBeNull();
  });
  it("moves the caret, not the cell, inside a text", () => {
    expect(gridAction(press("ArrowLeft"), "edit", false)).toBeNull();
    expect(gridAction(press("ArrowLeft"), "move", false)).toEqual({
      does: "move",
      rows: 0,
      columns: -1,
      extend: false,
    });
    expect(gridAction(press("ArrowDown"), "edit", false)).toEqual({
      does: "move",
      rows: 1,
      columns: 0,
      extend: false,
    });
  });
  it("walks the open list by up and down", () => {
    expect(gridAction(press("ArrowDown"), "edit", true)).toEqual({ does: "candidate", step: 1 });
    expect(gridAction(press("ArrowUp"), "edit", true)).toEqual({ does: "candidate", step: -1 });
  });
  it("takes a row out by Delete only on a cell, not inside its text", () => {
    expect(gridAction(press("Delete"), "move", false)).toEqual({ does: "removeRows" });
    expect(gridAction(press("Delete"), "edit", false)).toBeNull();
  });
  it("opens the choice by Alt and down, and leaves other keys with Alt to the page", () => {
    expect(gridAction(press("ArrowDown", { altKey: true }), "move", false)).toEqual({ does: "openList" });
    expect(gridAction(press("1", { altKey: true }), "move", false)).toBeNull();
  });
  it("undoes on a cell; inside a text the field undoes its own typing", () => {
    expect(gridAction(press("z", { ctrlKey: true }), "move", false)).toEqual({ does: "undo" });
    expect(gridAction(press("z", { ctrlKey: true }), "edit", false)).toBeNull();
  });
  it("fills down by Ctrl+D and leaves other shortcuts to the page", () => {
    expect(gridAction(press("d", { ctrlKey: true }), "move", false)).toEqual({ does: "fillDown" });
    expect(gridAction(press("Enter", { ctrlKey: true }), "edit", true)).toBeNull();
    expect(gridAction(press("s", { ctrlKey: true }), "move", false)).toBeNull();
  });
});

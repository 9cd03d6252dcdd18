import { describe, expect, it } from "vitest";
import { isComposing, keyName, typesCharacter, type KeyPress } from "./keys";

function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  return {
    key,
    code: "",
    ctrlKey: false,
    altKey: false,
    shiftKey: false,
    metaKey: false,
    isComposing: false,
    keyCode: 0,
    ...more,
  };
}

describe("keyName", () => {
  it("names modifiers in one order", () => {
    expect(keyName(press("k", { code: "KeyK", ctrlKey: true }))).toBe("Ctrl+K");
    expect(keyName(press("K", { code: "KeyK", ctrlKey: true, shiftKey: true }))).toBe("Ctrl+Shift+K");
    expect(keyName(press("Enter", { code: "Enter", ctrlKey: true }))).toBe("Ctrl+Enter");
  });

  it("takes the place on the keyboard when Alt changes the character", () => {
    expect(keyName(press("¡", { code: "Digit1", altKey: true }))).toBe("Alt+1");
  });

  it("keeps characters that need Shift as they are", () => {
    expect(keyName(press("?", { code: "Slash", shiftKey: true }))).toBe("?");
    expect(keyName(press("ArrowDown", { code: "ArrowDown", shiftKey: true }))).toBe("Shift+ArrowDown");
  });

  it("is nothing while an input method composes", () => {
    expect(keyName(press("Enter", { code: "Enter", isComposing: true }))).toBe("");
    expect(keyName(press("Enter", { code: "Enter", keyCode: 229 }))).toBe("");
    expect(keyName(press("Process", { code: "KeyK", ctrlKey: true }))).toBe("");
  });

  it("is nothing for a modifier alone or with the system key", () => {
    expect(keyName(press("Control", { ctrlKey: true }))).toBe("");
    expect(keyName(press("k", { code: "KeyK", metaKey: true }))).toBe("");
  });
});

describe("isComposing", () => {
  it("believes either sign", () => {
    expect(isComposing({ isComposing: true, keyCode: 13 })).toBe(true);
    expect(isComposing({ isComposing: false, keyCode: 229 })).toBe(true);
    expect(isComposing({ isComposing: false, keyCode: 13 })).toBe(false);
  });
});

describe("typesCharacter", () => {
  it("tells characters from commands", () => {
    expect(typesCharacter("?")).toBe(true);
    expect(typesCharacter("F1")).toBe(false);
    expect(typesCharacter("Ctrl+K")).toBe(false);
  });
});

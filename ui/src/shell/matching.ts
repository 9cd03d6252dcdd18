// Which screens and acts a few typed characters mean; pure.

export interface Findable {
  label: string;
  /** Other words for it, and pinyin initials, divided by blanks. */
  words?: string;
}

/** Every typed word must stand in the label or begin one of the other words. */
export function matches(text: string, found: Findable): boolean {
  const typed = text.trim().toLowerCase().split(/\s+/);
  if (typed[0] === "") return false;
  const label = found.label.toLowerCase();
  const others = (found.words ?? "").toLowerCase().split(/\s+/);
  return typed.every((part) => label.includes(part) || others.some((word) => word.startsWith(part)));
}

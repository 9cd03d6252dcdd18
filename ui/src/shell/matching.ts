// Which screens and acts a few typed characters mean; pure.

export interface Findable {
  label: string;
  /** Other words for it, and pinyin initials, divided by blanks. */
  words?: string;
}

function typedWords(text: string): string[] {
  return text.trim().toLowerCase().split(/\s+/).filter(Boolean);
}

/** Every typed word stands in the label: such a finding goes before those that have it among their other words. */
export function isNamed(text: string, found: Findable): boolean {
  const label = found.label.toLowerCase();
  return typedWords(text).every((part) => label.includes(part));
}

/** Every typed word must stand in the label or begin one of the other words. */
export function matches(text: string, found: Findable): boolean {
  const typed = typedWords(text);
  if (typed.length === 0) return false;
  const label = found.label.toLowerCase();
  const others = (found.words ?? "").toLowerCase().split(/\s+/);
  return typed.every((part) => label.includes(part) || others.some((word) => word.startsWith(part)));
}

// What a table copies and selects; pure.

import type { Column } from "./column";

/** Indices between two rows, both included, in rising order. */
export function rangeBetween(one: number, other: number): number[] {
  const from = Math.min(one, other);
  return Array.from({ length: Math.abs(one - other) + 1 }, (_, step) => from + step);
}

/** Rows as a spreadsheet takes them from the clipboard: tabs between cells, one line a row, heads first. */
export function tsvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map((column) => plain(column.text?.(row) ?? "")));
  return [columns.map((column) => plain(column.title)), ...lines].map((cells) => cells.join("\t")).join("\n");
}

/** Tabs and line ends inside a cell would make further cells; a leading =, +, - or @ would make a formula. */
function plain(text: string): string {
  const flat = text.replace(/[\t\r\n]+/g, " ");
  return /^[=+\-@]/.test(flat) ? `'${flat}` : flat;
}

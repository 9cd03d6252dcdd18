// Slips that come as a block from a spreadsheet; pure.

import { readTime } from "@/format/readings";
import { readCells } from "@/grid/cells";
import { emptySlip, isNumber, SLIPS_MAX, withSlipEnd, type SlipEntry } from "./slips";

/** Columns that a pasted block may fill, by the words that stand over them. */
export type SlipColumn =
  "number" | "beneficiary" | "service" | "day" | "payer" | "volunteer" | "signedIn" | "signedOut" | "signed";

const TITLES: readonly (readonly [SlipColumn, RegExp])[] = [
  ["number", /^(单号|服务单号?|编号)$/],
  ["beneficiary", /^(服务?对象|对象姓名|受助人|老人)$/],
  ["service", /^(服务项目|项目|服务内容|服务类型)$/],
  ["day", /^(日期|服务日期)$/],
  ["payer", /^(付方|由谁付|支付方)$/],
  ["volunteer", /^(志愿者|志愿者姓名|服务人员)$/],
  ["signedIn", /^(签到|签到时间|开始|开始时间)$/],
  ["signedOut", /^(签退|签退时间|结束|结束时间)$/],
  ["signed", /^(签字|双方签字|签名)$/],
];

/** The column that a title names. */
function titled(text: string): SlipColumn | undefined {
  return TITLES.find(([, words]) => words.test(text.replaceAll(" ", "")))?.[0];
}

/** A pasted block: what each of its columns is, and its rows without a title. */
export interface PastedSlips {
  columns: (SlipColumn | undefined)[];
  rows: string[][];
}

/**
 * Reads a block from a spreadsheet. A row of titles names the columns; without one a column of order numbers and
 * columns of times are known by what they hold, and anything else is laid from the cursor to the right as a spreadsheet does.
 */
export function readSlips(clipboard: string, order: readonly SlipColumn[], from: SlipColumn): PastedSlips {
  const cells = readCells(clipboard);
  const head = (cells[0] ?? []).map(titled);
  if (head.some((each) => each !== undefined)) return { columns: head, rows: cells.slice(1) };
  const width = Math.max(0, ...cells.map((row) => row.length));
  const holds = (column: number, test: (text: string) => boolean) =>
    cells.some((row) => row[column]) && cells.every((row) => !row[column] || test(row[column]));
  const isTime = (text: string) => readTime(text) !== null;
  const times = Array.from({ length: width }, (_, column) => column).filter(
    (column) => holds(column, isTime) && !holds(column, isNumber),
  );
  if (width >= 3 && holds(0, isNumber) && times.length >= 2) {
    const columns: (SlipColumn | undefined)[] = Array.from({ length: width }, () => undefined);
    columns[0] = "number";
    columns[times[0] as number] = "signedIn";
    columns[times[1] as number] = "signedOut";
    if (times[0] === 2) columns[1] = "volunteer";
    return { columns, rows: cells };
  }
  const start = order.indexOf(from);
  return { columns: Array.from({ length: width }, (_, column) => order[start + column]), rows: cells };
}

/** The slip after a text was put into one of its columns. */
export type SlipWriter = (
  slip: SlipEntry,
  column: SlipColumn,
  text: string,
  above: SlipEntry | undefined,
) => SlipEntry;

/** Lays a block over the slips from a row on; further rows are added up to the limit. */
export function laySlips(
  slips: readonly SlipEntry[],
  block: PastedSlips,
  at: number,
  write: SlipWriter,
): { slips: SlipEntry[]; laid: number } {
  const next = [...slips];
  let laid = 0;
  for (const cells of block.rows) {
    const place = at + laid;
    if (place >= SLIPS_MAX) break;
    let slip = next[place] ?? emptySlip();
    block.columns.forEach((column, index) => {
      const text = cells[index] ?? "";
      if (column !== undefined && text !== "") slip = write(slip, column, text, next[place - 1]);
    });
    next[place] = slip;
    laid += 1;
  }
  return { slips: withSlipEnd(next), laid };
}

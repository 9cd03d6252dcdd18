// The clipboard of a spreadsheet; pure.

const HAN_NAME = /^[\p{Script=Han}·]{2,3}$/u;

/** Splits clipboard text as Excel writes it: tabs between cells, quotes round cells that hold tabs or line ends. */
export function readCells(clipboard: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endCell = () => {
    row.push(cell);
    cell = "";
  };
  const endRow = () => {
    endCell();
    rows.push(row);
    row = [];
  };
  for (let at = 0; at < clipboard.length; at += 1) {
    const sign = clipboard.charAt(at);
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (clipboard.charAt(at + 1) === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === "\t") endCell();
    else if (sign === "\n") endRow();
    else if (sign !== "\r") cell += sign;
  }
  if (cell !== "" || row.length > 0) endRow();
  return rows.map((cells) => cells.map(cleanCell)).filter((cells) => cells.some((text) => text !== ""));
}

/** Half-width digits and letters, no apostrophe in front, no blanks inside a name such as "曹 宇". */
export function cleanCell(text: string): string {
  const plain = text
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[\s\u3000\u00a0]+/g, " ")
    .replace(/^'/, "")
    .trim();
  const joined = plain.replaceAll(" ", "");
  return HAN_NAME.test(joined) ? joined : plain;
}

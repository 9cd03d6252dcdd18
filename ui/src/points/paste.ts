/** One person of a pasted list. */
export interface PastedPerson {
  /** What names the person: name, number, or name with household number or village, joined by blanks. */
  text: string;
  /** How many units, where the list says so. */
  units: number | null;
}

/** A row may ask for at most this many units (the limit of `PointsRow.units`). */
export const UNITS_MAX = 99;

const TITLE_WORDS =
  /^(序号|编号|NO\.?|姓名|居民姓名|名字|身份证号?码?|公民身份号码|户编?号|村社?|社区|所属村社|住址|地址|电话|联系电话|手机号?|备注|性别)$/i;
const UNIT_TITLE = /^(次数|数量|件数|条数|场数|单位数)$/;
const SERIAL = /^\d{1,4}$/;
const UNITS = /^[1-9]\d?$/;
const HAN_NAME = /^[\p{Script=Han}·]{2,4}$/u;
const PLACE = /(社区|村|村委会|居委会|户)$/;

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
  return HAN_NAME.test(joined) && joined.length <= 3 ? joined : plain;
}

/** Persons of a pasted column, block or list of names; title rows and serial numbers are passed over. */
export function readPeople(clipboard: string): PastedPerson[] {
  const rows = readCells(clipboard);
  const titles = rows[0] !== undefined && isTitle(rows[0]) ? rows[0] : null;
  const body = titles === null ? rows : rows.slice(1);
  const width = Math.max(0, ...body.map((cells) => cells.length));
  if (width <= 1) {
    return body.flatMap((cells) => splitNames(cells[0] ?? "")).map((text) => ({ text, units: null }));
  }
  const serial = serialColumn(body, titles);
  const units = unitsColumn(body, titles, serial);
  return body
    .map((cells) => ({
      text: cells.filter((text, column) => text !== "" && column !== serial && column !== units).join(" "),
      units: units === null ? null : readUnits(cells[units] ?? ""),
    }))
    .filter((person) => person.text !== "");
}

/** Units from 1 to 99, else nothing. */
export function readUnits(text: string): number | null {
  const plain = cleanCell(text);
  return UNITS.test(plain) ? Number(plain) : null;
}

function isTitle(cells: string[]): boolean {
  const filled = cells.map((text) => text.replaceAll(" ", "")).filter((text) => text !== "");
  return filled.length > 0 && filled.every((text) => TITLE_WORDS.test(text) || UNIT_TITLE.test(text));
}

function serialColumn(body: string[][], titles: string[] | null): number | null {
  if (titles !== null) {
    const named = titles.findIndex((text) => /^(序号|NO\.?)$/i.test(text));
    return named < 0 ? null : named;
  }
  return body.every(
    (cells, index) => SERIAL.test(cells[0] ?? "") && Number(cells[0]) === Number(body[0]?.[0]) + index,
  )
    ? 0
    : null;
}

function unitsColumn(body: string[][], titles: string[] | null, serial: number | null): number | null {
  if (titles !== null) {
    const named = titles.findIndex((text) => UNIT_TITLE.test(text));
    return named < 0 ? null : named;
  }
  const last = Math.max(...body.map((cells) => cells.length)) - 1;
  return last > 0 && last !== serial && body.every((cells) => UNITS.test(cells[last] ?? "")) ? last : null;
}

// A list from a chat: 张三、李四, 王五. A comma splits only where each part can be nothing but a name, since
// "张三, 思源社区" is one person.
function splitNames(line: string): string[] {
  const parts = line.split(/[、;；]/).map(cleanCell);
  return parts
    .flatMap((part) => {
      const pieces = part.split(/[,，]/).map(cleanCell);
      const names = pieces.length > 1 && pieces.every((piece) => HAN_NAME.test(piece) && !PLACE.test(piece));
      return names ? pieces : [part];
    })
    .filter((text) => text !== "");
}

import { cleanCell, readCells } from "@/grid/cells";

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

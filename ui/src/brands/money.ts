// Money: typed and shown in yuan, kept in fen.

/** A town's activity that costs more than this is a slip of the hand; also far below what a number holds exactly. */
const YUAN_DIGITS_MAX = 8;
const YUAN = new RegExp(`^(\\d{1,${YUAN_DIGITS_MAX}})(?:\\.(\\d{1,2}))?$`);
const GROUPED = new Intl.NumberFormat("zh-CN");

/** `1,234.5`, `￥1234.50`, `1234.5元` as fen; `null` where nothing was typed, `undefined` where it is no amount. */
export function fenOf(text: string): number | null | undefined {
  const plain = text.normalize("NFKC").replace(/[\s,¥￥]|元$/g, "");
  if (plain === "") return null;
  const found = YUAN.exec(plain);
  if (found === null) return undefined;
  return Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
}

/** Fen as one types them and as `fenOf` reads them back: `1234.50`, whole yuan without a point. */
export function yuanText(fen: number): string {
  const rest = fen % 100;
  const yuan = Math.trunc(fen / 100);
  return rest === 0 ? String(yuan) : `${yuan}.${String(rest).padStart(2, "0")}`;
}

/** `1,234.50 元`. */
export function yuan(fen: number): string {
  const [whole, rest] = yuanText(fen).split(".");
  return `${GROUPED.format(Number(whole))}${rest === undefined ? "" : `.${rest}`} 元`;
}

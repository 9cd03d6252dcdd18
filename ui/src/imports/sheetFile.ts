/** Larger files are not lists of one town: 100,000 residents are about 10 MB. */
export const FILE_BYTES_MAX = 50 * 1024 * 1024;
/** For the file dialog. */
export const SHEET_ENDINGS = ".xlsx,.xls,.csv";

const ENDINGS = /\.(xlsx|xls|csv)$/i;

/** Why this file cannot be read as a table, in words; nothing where it can. */
export function sheetRefusal(file: Pick<File, "name" | "size">): string | undefined {
  if (!ENDINGS.test(file.name)) return "请选 .xlsx、.xls 或 .csv 文件。WPS 的 .et 文件请先另存为 .xlsx。";
  if (file.size > FILE_BYTES_MAX) return "这个文件超过 50 MB。请去掉图片，或按村社分成几份再导入。";
  return undefined;
}

const STEP = 1024;
const UNITS = ["KB", "MB", "GB"] as const;

/** `512 字节`, `1.2 KB`, `38 MB`, `1.9 GB`. */
export function byteSize(bytes: number): string {
  if (bytes < STEP) return `${bytes} 字节`;
  let value = bytes / STEP;
  let unit = 0;
  // what would round to a thousand is told in the next unit
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  const shown = value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
  return `${shown} ${UNITS[unit]}`;
}

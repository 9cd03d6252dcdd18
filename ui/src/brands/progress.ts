// How far an indicator is, in words. Values are decimal texts; sums are made in whole ten-thousandths.

import type { Indicator } from "@/backend/contract";
import type { Tone } from "@/format/words";

/** Digits after the point that a value may have. */
const DECIMALS = 4;
const DECIMAL = new RegExp(`^(-?)(\\d{1,12})(?:\\.(\\d{1,${DECIMALS}}))?$`);
const SCALE = 10n ** BigInt(DECIMALS);

/** The value as the program writes it, or `undefined` where it is none. Full-width digits and grouping are taken. */
export function decimalText(text: string): string | undefined {
  const scaled = scaledOf(text);
  return scaled === undefined ? undefined : textOf(scaled);
}

function scaledOf(text: string): bigint | undefined {
  const plain = text.normalize("NFKC").replace(/[\s,]/g, "");
  const found = DECIMAL.exec(plain);
  if (found === null) return undefined;
  const value = BigInt(found[2] ?? "0") * SCALE + BigInt((found[3] ?? "").padEnd(DECIMALS, "0"));
  return found[1] === "-" ? -value : value;
}

function textOf(scaled: bigint): string {
  const size = scaled < 0n ? -scaled : scaled;
  const rest = String(size % SCALE)
    .padStart(DECIMALS, "0")
    .replace(/0+$/, "");
  return `${scaled < 0n ? "-" : ""}${size / SCALE}${rest === "" ? "" : `.${rest}`}`;
}

/** The value with its unit; a percent sign stands close. */
export function withUnit(value: string, unit: string): string {
  return /^[%％‰]$/.test(unit) ? `${value}${unit}` : `${value} ${unit}`;
}

/** A difference of two values: between shares it is counted in points. */
function gapOf(scaled: bigint, unit: string): string {
  return /^[%％]$/.test(unit) ? `${textOf(scaled)} 个百分点` : withUnit(textOf(scaled), unit);
}

/** Where an indicator stands. */
export interface Progress {
  tone: Tone;
  /** In a few characters: 已达到目标. */
  word: string;
  /** The whole of it: 最新 95.2%，目标 98.5%，还差 3.3 个百分点. */
  sentence: string;
}

type Measured = Pick<Indicator, "unit" | "baseline" | "target" | "readings" | "progress_percent">;

/** Says how far the last reading is from the target. A target below the baseline is reached from above. */
export function progressOf(indicator: Measured): Progress {
  const latest = indicator.readings.at(-1);
  const goal = `目标 ${withUnit(indicator.target, indicator.unit)}`;
  const last = latest === undefined ? undefined : scaledOf(latest.value);
  const target = scaledOf(indicator.target);
  const baseline = scaledOf(indicator.baseline);
  if (latest === undefined || last === undefined || target === undefined || baseline === undefined)
    return { tone: "wait", word: "还没有读数", sentence: `还没有读数，${goal}` };
  const here = `最新 ${withUnit(latest.value, indicator.unit)}，${goal}`;
  const falling = target < baseline;
  if (falling ? last <= target : last >= target)
    return { tone: "good", word: "已达到目标", sentence: `${here}，已达到` };
  const gap = gapOf(falling ? last - target : target - last, indicator.unit);
  const back = falling ? last > baseline : last < baseline;
  if (back) return { tone: "fault", word: "比起点退步", sentence: `${here}，还差 ${gap}，比起点退步了` };
  return { tone: "wait", word: `完成 ${indicator.progress_percent ?? 0}%`, sentence: `${here}，还差 ${gap}` };
}

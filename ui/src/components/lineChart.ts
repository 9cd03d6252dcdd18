// The chart library, as little of it as a line over time takes. Loaded only where a chart is shown.

import { LineChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use, type ComposeOption, type ECharts } from "echarts/core";
import type { LineSeriesOption } from "echarts/charts";
import type { GridComponentOption } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([LineChart, GridComponent, SVGRenderer]);

export type LineOption = ComposeOption<LineSeriesOption | GridComponentOption>;

/** A value on a day; the value as it is written. */
export interface DayValue {
  day: string;
  value: string;
}

/** A line straight across: a target, a beginning. */
export interface LevelLine {
  name: string;
  value: string;
  /** The level that is wanted, drawn stronger. */
  wanted?: boolean;
}

/** What the screen's own styles say. */
export interface ChartLook {
  ink: string;
  faint: string;
  line: string;
  /** Lines behind the values. */
  rule: string;
  brand: string;
  good: string;
  face: string;
  /** Height of small type, px. */
  smallPx: number;
}

const DAY_MS = 86_400_000;
/** A single value stands in the middle of a month. */
const ALONE_DAYS = 15;
/** More values than this have no room for their figures; the table has them all. */
const LABELLED_MAX = 12;
/** Over a shorter time the axis names days, over a longer one months. */
const DAYS_NAMED_MAX = 75;

/** How the values and levels are drawn. Days are days everywhere: the axis runs in UTC. */
export function lineOption(
  points: readonly DayValue[],
  levels: readonly LevelLine[],
  unit: string,
  look: ChartLook,
): LineOption {
  const days = points.map((point) => Date.parse(point.day));
  const alone = points.length < 2 ? ALONE_DAYS * DAY_MS : 0;
  const from = Math.min(...days) - alone;
  const to = Math.max(...days) + alone;
  const byDay = to - from <= DAYS_NAMED_MAX * DAY_MS;
  const text = { color: look.ink, fontFamily: look.face, fontSize: look.smallPx };
  return {
    useUTC: true,
    animation: false,
    grid: {
      left: look.smallPx,
      right: look.smallPx * 7,
      top: look.smallPx * 2.5,
      bottom: look.smallPx / 2,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: {
      type: "time",
      min: from,
      max: to,
      minInterval: byDay ? DAY_MS : 28 * DAY_MS,
      axisLabel: { ...text, hideOverlap: true, formatter: byDay ? "{MM}-{dd}" : "{yyyy}-{MM}" },
      axisLine: { lineStyle: { color: look.line } },
      axisTick: { lineStyle: { color: look.line } },
    },
    yAxis: {
      type: "value",
      name: unit,
      nameTextStyle: { ...text, align: "right" },
      scale: true,
      axisLabel: text,
      splitLine: { lineStyle: { color: look.rule } },
    },
    series: [
      {
        type: "line",
        symbol: "circle",
        symbolSize: look.smallPx * 0.6,
        lineStyle: { color: look.brand, width: 2 },
        itemStyle: { color: look.brand },
        label: { ...text, show: points.length <= LABELLED_MAX, position: "top", formatter: labelOf(points) },
        silent: true,
        data: points.map((point, index) => [days[index] ?? from, Number(point.value)]),
      },
      ...levels.map((level): LineSeriesOption => {
        const colour = level.wanted ? look.good : look.faint;
        const words = { ...text, color: colour, show: true, position: "right" as const };
        return {
          type: "line",
          symbol: "none",
          silent: true,
          lineStyle: { color: colour, width: level.wanted ? 1.5 : 1, type: "dashed" },
          data: [
            [from, Number(level.value)],
            {
              value: [to, Number(level.value)],
              // a point without a mark has no label
              symbol: "circle",
              symbolSize: 1,
              label: { ...words, formatter: `${level.name} ${level.value}` },
            },
          ],
        };
      }),
    ],
  };
}

function labelOf(points: readonly DayValue[]) {
  return ({ dataIndex }: { dataIndex: number }) => points[dataIndex]?.value ?? "";
}

/** A chart in the holder, drawn as SVG: sharp at every type size and in print. */
export function openChart(holder: HTMLElement): ECharts {
  return init(holder, null, { renderer: "svg" });
}

import type { VNode } from 'preact';
import { numberText } from '../../../texts.ts';

/** One place on the axis of time, and what was counted there. */
export interface Column {
  /** As it is said in words. */
  label: string;
  succeeded: number;
  failed: number;
  /** Drawn as a line over the columns; null where it is not known. */
  added: number | null;
}

/** A chart, and the words for those who do not see it. */
export interface ColumnChartProps {
  /** Unique on the page. */
  id: string;
  title: string;
  description: string;
  /** From the oldest to the newest. */
  columns: readonly Column[];
  /** What stands below the left and the right end. */
  ends: readonly [string, string];
}

const WIDTH = 600;
const HEIGHT = 150;
const PLOT = { left: 48, right: 4, top: 10, bottom: 20 } as const;
const PLOT_WIDTH = WIDTH - PLOT.left - PLOT.right;
const PLOT_HEIGHT = HEIGHT - PLOT.top - PLOT.bottom;
const BASE = PLOT.top + PLOT_HEIGHT;

/**
 * Draws columns of what succeeded, with what failed on top, and a line of what was added. Drawn as text, without
 * scripts.
 */
export function ColumnChart({ id, title, description, columns, ends }: ColumnChartProps): VNode {
  const scale = scaleOf(columns);
  const width = round(scale.width);
  const viewBox = `0 0 ${WIDTH} ${HEIGHT}`;
  return (
    <svg class="chart" viewBox={viewBox} role="img" aria-labelledby={`${id}-title ${id}-text`}>
      <title id={`${id}-title`}>{title}</title>
      <desc id={`${id}-text`}>{description}</desc>
      <pattern id={`${id}-hatch`} width="4" height="4" patternUnits="userSpaceOnUse">
        <path class="hatch" d="M0 4L4 0" />
      </pattern>
      <Grid most={scale.most} ends={ends} />
      <path class="succeeded" d={succeededPath(columns, scale)} />
      <path class="failed" d={failedPath(columns, scale)} />
      <path d={failedPath(columns, scale)} fill={`url(#${id}-hatch)`} />
      <path class="added" d={addedPath(columns, scale)} />
      {columns.map((column, at) => (
        <rect class="touch" x={leftOf(at, scale)} y={PLOT.top} width={width} height={PLOT_HEIGHT}>
          <title>{columnText(column)}</title>
        </rect>
      ))}
    </svg>
  );
}

/** Says what was counted at a place. */
export function columnText({ label, succeeded, failed, added }: Column): string {
  const comings = added === null ? '' : `${numberText(added)} added, `;
  return `${label}: ${comings}${numberText(succeeded)} succeeded, ${numberText(failed)} failed`;
}

interface Scale {
  most: number;
  width: number;
}

function scaleOf(columns: readonly Column[]): Scale {
  const heights = columns.map((one) => Math.max(one.succeeded + one.failed, one.added ?? 0));
  return { most: roundUp(Math.max(2, ...heights)), width: PLOT_WIDTH / Math.max(1, columns.length) };
}

function Grid({ most, ends }: { most: number; ends: readonly [string, string] }): VNode {
  return (
    <g class="grid">
      {[0, most / 2, most].map((value) => (
        <>
          <path d={`M${PLOT.left} ${heightOf(value, most)}H${WIDTH - PLOT.right}`} />
          <text x={PLOT.left - 6} y={heightOf(value, most) + 4} text-anchor="end">
            {axisText(value)}
          </text>
        </>
      ))}
      <text x={PLOT.left} y={HEIGHT - 5}>
        {ends[0]}
      </text>
      <text x={WIDTH - PLOT.right} y={HEIGHT - 5} text-anchor="end">
        {ends[1]}
      </text>
    </g>
  );
}

function succeededPath(columns: readonly Column[], scale: Scale): string {
  return columns.map(({ succeeded }, at) => boxPath(at, { from: 0, to: succeeded }, scale)).join('');
}

function failedPath(columns: readonly Column[], scale: Scale): string {
  return columns
    .map(({ succeeded, failed }, at) => boxPath(at, { from: succeeded, to: succeeded + failed }, scale))
    .join('');
}

function boxPath(at: number, { from, to }: { from: number; to: number }, scale: Scale): string {
  if (to === from) return '';
  const gap = scale.width > 4 ? 1 : 0.5;
  const top = heightOf(to, scale.most);
  return `M${round(leftOf(at, scale) + gap / 2)} ${heightOf(from, scale.most)}V${top}h${round(scale.width - gap)}V${heightOf(from, scale.most)}z`;
}

function addedPath(columns: readonly Column[], scale: Scale): string {
  let isDrawing = false;
  return columns
    .map(({ added }, at) => {
      if (added === null) {
        isDrawing = false;
        return '';
      }
      const move = isDrawing ? 'L' : 'M';
      isDrawing = true;
      return `${move}${round(leftOf(at, scale) + scale.width / 2)} ${heightOf(added, scale.most)}`;
    })
    .join('');
}

function leftOf(at: number, { width }: Scale): number {
  return round(PLOT.left + at * width);
}

function heightOf(value: number, most: number): number {
  return round(BASE - (value / most) * PLOT_HEIGHT);
}

/** The next number that reads well at the top of an axis, and in half: 1, 2, 4, 6, 8 or 10 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

function axisText(value: number): string {
  if (value >= 1_000_000) return `${numberText(value / 1_000_000)}M`;
  return value >= 10_000 ? `${numberText(value / 1_000)}k` : numberText(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

import type { VNode } from 'preact';
import type { JobTime, TimesSlot } from '../../../inspector/inspector.ts';
import { numberText } from '../../../texts.ts';
import { HEAT_LEVELS, type HeatCells, heatCells } from './heat-cells.ts';
import { msText } from './ms-text.ts';

/** A heat map, and the words for those who do not see it. */
export interface HeatMapProps {
  /** Unique on the page. */
  id: string;
  title: string;
  time: JobTime;
  slots: readonly TimesSlot[];
  /** What a slot is called. */
  label: (slot: TimesSlot) => string;
}

const WIDTH = 600;
const LEFT = 96;
const TOP = 6;
const ROW_HEIGHT = 15;
const LEVELS = Array.from({ length: HEAT_LEVELS }, (_, at) => at + 1);

/**
 * Draws how often jobs took how long, a column for each slot, the longest times on top. The more there are, the darker
 * and the larger a cell is, so that it is not told by its colour alone. Drawn as text, without scripts.
 */
export function HeatMap({ id, title, time, slots, label }: HeatMapProps): VNode {
  const cells = heatCells(slots, time);
  const height = cells.rows.length * ROW_HEIGHT;
  const width = (WIDTH - LEFT - 4) / Math.max(1, slots.length);
  const viewBox = `0 0 ${WIDTH} ${TOP + height + 20}`;
  return (
    <svg class="chart heat" viewBox={viewBox} role="img" aria-labelledby={`${id}-title ${id}-text`}>
      <title id={`${id}-title`}>{title}</title>
      <desc id={`${id}-text`}>{cells.rows.length === 0 ? 'Nothing was timed.' : describe(cells)}</desc>
      <RowLabels rows={cells.rows} height={height} />
      {LEVELS.map((level) => (
        <path key={level} class={`level-${level}`} d={pathOf(cells, level, { width, height })} />
      ))}
      <Ends first={slots[0] ? label(slots[0]) : ''} height={height} />
      {slots.map((slot, at) => (
        <Touch key={slot.at} left={LEFT + at * width} size={{ width, height }}>
          {slotText(slot, time, label(slot))}
        </Touch>
      ))}
    </svg>
  );
}

function Ends({ first, height }: { first: string; height: number }): VNode {
  return (
    <>
      <text x={LEFT} y={TOP + height + 15}>
        {first}
      </text>
      <text x={WIDTH - 4} y={TOP + height + 15} text-anchor="end">
        now
      </text>
    </>
  );
}

/** A column to be pointed at, and what it says then. */
function Touch(props: { left: number; size: { width: number; height: number }; children: string }): VNode {
  const { left, size, children } = props;
  return (
    <rect class="touch" x={round(left)} y={TOP} width={round(size.width)} height={size.height}>
      <title>{children}</title>
    </rect>
  );
}

function RowLabels({ rows, height }: { rows: readonly string[]; height: number }): VNode {
  return (
    <>
      {rows.map((row, at) => (
        <text key={row} x={LEFT - 6} y={TOP + height - at * ROW_HEIGHT - 4} text-anchor="end">
          {row}
        </text>
      ))}
    </>
  );
}

function describe({ rows }: HeatCells): string {
  return `Times from ${rows[0]} to ${rows.at(-1)}. The table says how long the jobs of each time took.`;
}

function slotText(slot: TimesSlot, time: JobTime, label: string): string {
  const { count, p50Ms, p95Ms, p99Ms } = slot[time];
  if (count === 0) return `${label}: none`;
  return `${label}: ${numberText(count)}, half up to ${msText(p50Ms)}, 95 % ${msText(p95Ms)}, 99 % ${msText(p99Ms)}`;
}

/** All cells of a shade at once; from the smallest, a third of the room, to the largest, nearly all of it. */
function pathOf(
  { columns }: HeatCells,
  level: number,
  { width, height }: { width: number; height: number },
): string {
  const part = 0.3 + (0.65 * level) / HEAT_LEVELS;
  const [wide, high] = [round(width * part), round(ROW_HEIGHT * part)];
  return columns
    .flatMap((column, x) =>
      column.map((cell, y) => {
        if (cell.level !== level) return '';
        const left = round(LEFT + x * width + (width - wide) / 2);
        const top = round(TOP + height - (y + 1) * ROW_HEIGHT + (ROW_HEIGHT - high) / 2);
        return `M${left} ${top}h${wide}v${high}h-${wide}z`;
      }),
    )
    .join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

import { ENGINE_NAMES, type EngineName } from './engines/engine.ts';
import { METRICS, type MetricName } from './metrics.ts';
import { median } from './statistics.ts';

/** What one engine did in one line of the table. */
export interface Figure {
  values: readonly number[];
  median: number;
  min: number;
  max: number;
}

/** One line of the table. */
export interface Line {
  row: string;
  metric: MetricName;
  figures: Partial<Record<EngineName, Figure>>;
  /** Ours divided by theirs, of the medians. */
  ratios: Partial<Record<EngineName, number>>;
}

const HEADINGS: Record<EngineName, string> = {
  ours: 'ours',
  against: 'against',
  bee: 'bee-queue',
  bullmq: 'BullMQ',
};

/** Makes a line of the values that the rounds brought. */
export function toLine(
  row: string,
  metric: MetricName,
  valuesOf: (engine: EngineName) => readonly number[],
): Line {
  const line: Line = { row, metric, figures: {}, ratios: {} };
  for (const engine of ENGINE_NAMES) {
    const values = valuesOf(engine);
    if (values.length === 0) continue;
    const figure = { values, median: median(values), min: Math.min(...values), max: Math.max(...values) };
    line.figures[engine] = figure;
    if (engine !== 'ours' && line.figures.ours)
      line.ratios[engine] = line.figures.ours.median / figure.median;
  }
  return line;
}

/** Writes lines as a table: medians with the least and the most in brackets. */
export function formatTable(lines: readonly Line[], engines: readonly EngineName[]): string {
  const rivals = engines.filter((engine) => engine !== 'ours');
  const ratioHeadings = engines.includes('ours') ? rivals.map((rival) => `ours / ${HEADINGS[rival]}`) : [];
  const cells = lines.map(({ row, metric, figures, ratios }) => [
    row,
    `${METRICS[metric].unit} (${METRICS[metric].better} is better)`,
    ...engines.map((engine) => formatFigure(figures[engine])),
    ...(ratioHeadings.length > 0 ? rivals.map((rival) => ratios[rival]?.toFixed(2) ?? '-') : []),
  ]);
  const all = [['row', 'unit', ...engines.map((engine) => HEADINGS[engine]), ...ratioHeadings], ...cells];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all.map((line) => formatLine(line, widths)).join('\n');
}

function formatLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, at) => {
    const width = widths[at] ?? 0;
    return at < 2 ? cell.padEnd(width) : cell.padStart(width);
  });
  return padded.join('  ').trimEnd();
}

function formatFigure(figure: Figure | undefined): string {
  if (!figure) return '-';
  return `${short(figure.median)} (${short(figure.min)}-${short(figure.max)})`;
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}

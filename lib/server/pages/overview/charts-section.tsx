import type { VNode } from 'preact';
import { numberText } from '../../../texts.ts';
import { TableHead } from '../table-head.tsx';
import { WideTable } from '../wide-table.tsx';
import { dayColumns, minuteColumns } from './chart-columns.ts';
import { type Column, ColumnChart, type ColumnChartProps } from './column-chart.tsx';
import type { OverviewFacts } from './overview-facts.ts';

/** What the charts show. */
export interface ChartsSectionProps {
  facts: OverviewFacts;
  /** The one queue that they show; null for the sum of all. */
  chosen: string | null;
  /** Epoch ms. */
  now: number;
}

/** The last hour by minute and the last days by day, of one queue or the sum of all, each as a chart and as a table. */
export function ChartsSection({ facts, chosen, now }: ChartsSectionProps): VNode {
  const whose = chosen === null ? 'all queues' : `queue ${chosen}`;
  const minutes = minuteColumns(facts, chosen, now);
  const days = dayColumns(facts, chosen);
  const firstDay = days[0]?.label ?? '';
  const hourTitle = `The last hour of ${whose}, by minute (UTC)`;
  const daysTitle = `The last ${days.length} days of ${whose} (UTC)`;
  return (
    <section id="charts" aria-labelledby="charts-title">
      <header>
        <h2 id="charts-title">Throughput of {whose}</h2>
        <QueueChoice names={facts.queues.map(({ name }) => name)} chosen={chosen} />
      </header>
      <div class="charts">
        <ChartFigure
          id="hour"
          what="minutes"
          title={hourTitle}
          columns={minutes}
          ends={['an hour ago', 'now']}
        />
        <ChartFigure id="days" what="days" title={daysTitle} columns={days} ends={[firstDay, 'today']} />
      </div>
    </section>
  );
}

function QueueChoice({ names, chosen }: { names: readonly string[]; chosen: string | null }): VNode {
  return (
    <form method="get" action="/" class="aside">
      <label>
        Queue{' '}
        <select name="queue">
          <option value="">all</option>
          {names.map((name) => (
            <option key={name} value={name} selected={name === chosen}>
              {name}
            </option>
          ))}
        </select>
      </label>{' '}
      <button type="submit">Show</button>
    </form>
  );
}

/** A chart of what came and ended, with its legend, and the same as a table. */
export function ChartFigure(props: Omit<ColumnChartProps, 'description'> & { what: string }): VNode {
  const { id, title, columns, ends, what } = props;
  const isAddedKnown = columns.some(({ added }) => added !== null);
  return (
    <figure>
      <figcaption>
        {title}
        <span class="legend">
          {isAddedKnown && (
            <span>
              <span class="swatch added" aria-hidden="true" /> added
            </span>
          )}
          <span>
            <span class="swatch succeeded" aria-hidden="true" /> succeeded
          </span>
          <span>
            <span class="swatch failed" aria-hidden="true" /> failed
          </span>
        </span>
      </figcaption>
      <ColumnChart id={id} title={title} description={sumText(columns, what)} columns={columns} ends={ends} />
      <ColumnTable columns={columns} isAddedKnown={isAddedKnown} />
    </figure>
  );
}

/** What the chart comes to, for those who do not see it. */
function sumText(columns: readonly Column[], what: string): string {
  const busiest = columns.reduce<Column | null>(
    (best, one) => (endsOf(one) > endsOf(best) ? one : best),
    null,
  );
  if (busiest === null) return 'Nothing ended in this time.';
  const sum = (name: 'succeeded' | 'failed'): number => columns.reduce((all, one) => all + one[name], 0);
  const most = `most in ${busiest.label}: ${numberText(endsOf(busiest))}`;
  return `In these ${what} ${numberText(sum('succeeded'))} succeeded and ${numberText(sum('failed'))} failed, ${most}.`;
}

function endsOf(column: Column | null): number {
  return column === null ? 0 : column.succeeded + column.failed;
}

function ColumnTable(props: { columns: readonly Column[]; isAddedKnown: boolean }): VNode {
  const { columns, isAddedKnown } = props;
  const busy = columns.filter((column) => endsOf(column) > 0 || (column.added ?? 0) > 0).reverse();
  const counts = [...(isAddedKnown ? ADDED : []), ...ENDS];
  return (
    <details>
      <summary>As a table</summary>
      <WideTable label="Table">
        <table>
          <caption>Those in which something happened, the newest first.</caption>
          <TableHead columns={['Time', ...counts.map(({ number }) => ({ number }))]} />
          <tbody>
            {busy.map((column) => (
              <CountRow key={column.label} column={column} counts={counts} />
            ))}
          </tbody>
        </table>
      </WideTable>
    </details>
  );
}

/** A column of the table, and what it counts. */
interface Count {
  number: string;
  of: (column: Column) => number | null;
}

const ADDED: readonly Count[] = [{ number: 'Added', of: ({ added }) => added }];
const ENDS: readonly Count[] = [
  { number: 'Succeeded', of: ({ succeeded }) => succeeded },
  { number: 'Failed', of: ({ failed }) => failed },
];

function CountRow({ column, counts }: { column: Column; counts: readonly Count[] }): VNode {
  return (
    <tr>
      <th scope="row">{column.label}</th>
      {counts.map(({ number, of }) => (
        <td key={number} class="number">
          {countText(of(column))}
        </td>
      ))}
    </tr>
  );
}

function countText(count: number | null): string {
  return count === null ? '–' : numberText(count);
}

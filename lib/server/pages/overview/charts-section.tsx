import type { VNode } from 'preact';
import { numberText } from '../../../texts.ts';
import { TableHead } from '../table-head.tsx';
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
  return (
    <section id="charts" aria-labelledby="charts-title">
      <header>
        <h2 id="charts-title">Throughput of {whose}</h2>
        <QueueChoice names={facts.queues.map(({ name }) => name)} chosen={chosen} />
      </header>
      <div class="charts">
        <Figure
          id="hour"
          title={`The last hour of ${whose}, by minute (UTC)`}
          what="minutes"
          columns={minutes}
          ends={['an hour ago', 'now']}
        />
        <Figure
          id="days"
          title={`The last ${days.length} days of ${whose} (UTC)`}
          what="days"
          columns={days}
          ends={[days[0]?.label ?? '', 'today']}
        />
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

function Figure(props: Omit<ColumnChartProps, 'description'> & { what: string }): VNode {
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
  return (
    <details>
      <summary>As a table</summary>
      <div class="scroller">
        <table>
          <caption>Those in which something happened, the newest first.</caption>
          <TableHead
            columns={[
              'Time',
              ...(isAddedKnown ? [{ number: 'Added' }] : []),
              { number: 'Succeeded' },
              { number: 'Failed' },
            ]}
          />
          <tbody>
            {busy.map(({ label, added, succeeded, failed }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {isAddedKnown && <td class="number">{added === null ? '–' : numberText(added)}</td>}
                <td class="number">{numberText(succeeded)}</td>
                <td class="number">{numberText(failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

import type { VNode } from 'preact';
import type { CaseTimes } from '../../../inspector/inspector.ts';
import { durationText, numberText, timeText } from '../../../texts.ts';
import { type Column, ColumnChart } from '../overview/column-chart.tsx';
import { TableHead } from '../table-head.tsx';
import { Moment } from '../when.tsx';
import { WideTable } from '../wide-table.tsx';

/** When jobs failed so, as a chart and as a table. */
export function CaseTimesSection({ times: { stepMs, steps } }: { times: CaseTimes }): VNode {
  const busy = steps.filter(({ count }) => count > 0).reverse();
  const title = `When jobs failed so, by ${durationText(stepMs)} (UTC)`;
  return (
    <section id="times" aria-labelledby="times-title">
      <h2 id="times-title">When</h2>
      <div class="charts">
        <figure>
          <figcaption>{title}</figcaption>
          <ColumnChart
            id="failed-so"
            title={title}
            description={`${numberText(busy.length)} of ${numberText(steps.length)} stretches had failures.`}
            columns={steps.map(toColumn)}
            ends={[timeText(steps[0]?.at ?? 0), 'now']}
          />
          <TimesTable busy={busy} />
        </figure>
      </div>
    </section>
  );
}

function TimesTable({ busy }: { busy: CaseTimes['steps'] }): VNode {
  return (
    <details>
      <summary>As a table</summary>
      <WideTable label="Times">
        <table>
          <caption>Those in which a job failed so, the newest first.</caption>
          <TableHead columns={['From', { number: 'Failed' }]} />
          <tbody>
            {busy.map(({ at, count }) => (
              <tr key={at}>
                <th scope="row">
                  <Moment at={at} />
                </th>
                <td class="number">{numberText(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
    </details>
  );
}

function toColumn({ at, count }: CaseTimes['steps'][number]): Column {
  return { label: timeText(at), succeeded: 0, failed: count, added: null };
}

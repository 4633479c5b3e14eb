import type { VNode } from 'preact';
import type { JobInfo } from '../../../inspector/inspector.ts';
import { countText } from '../../../texts.ts';
import { TableHead } from '../table-head.tsx';
import { Moment } from '../when.tsx';
import { WideTable } from '../wide-table.tsx';

/** What the handlers of a job logged. */
export function LogsSection({ logs, logsDropped }: Pick<JobInfo, 'logs' | 'logsDropped'>): VNode {
  return (
    <section aria-labelledby="logs-title">
      <h2 id="logs-title">Logs</h2>
      <WideTable label="Logs">
        <table id="logs">
          <caption>
            What its handlers logged at info and above, newest last
            {logsDropped > 0 && `; ${countText(logsDropped, 'older line')} are not kept`}.
          </caption>
          <TableHead columns={['Time', 'Level', 'Message']} />
          <tbody>
            {logs.map(({ at, level, message }, index) => (
              <tr key={index}>
                <td>
                  <Moment at={at} />
                </td>
                <td>{level}</td>
                <td>{message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
    </section>
  );
}

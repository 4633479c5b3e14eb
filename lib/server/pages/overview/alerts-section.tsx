import type { VNode } from 'preact';
import type { AlertInfo, AlertList } from '../../../inspector/inspector.ts';
import { countText } from '../../../texts.ts';
import { failureAddress, queueAddress } from '../addresses.ts';
import { TableHead } from '../table-head.tsx';
import type { Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { WideTable } from '../wide-table.tsx';

const MOST_SHOWN = 50;

/** What is wrong by the rules of alerts: what somebody was told of, or will be after the quiet hours. */
export function AlertsSection({ alerts: found, visit }: { alerts: AlertList; visit: Visit }): VNode {
  const { alerts, more, lookedAt } = found;
  const unshown = Math.max(0, alerts.length - MOST_SHOWN) + more;
  return (
    <section id="alerts" aria-labelledby="alerts-title">
      <h2 id="alerts-title">Alerts</h2>
      <WideTable label="Alerts">
        <table aria-labelledby="alerts-title">
          <TableHead columns={['Severity', 'What', 'Detail', 'Since', 'Rule']} />
          <tbody>
            {alerts.slice(0, MOST_SHOWN).map((alert) => (
              <AlertRow key={`${alert.rule} ${alert.queue} ${alert.subject}`} alert={alert} visit={visit} />
            ))}
          </tbody>
        </table>
      </WideTable>
      <p class="inside muted">
        {unshown > 0 && `${countText(unshown, 'more alert')} not shown. `}
        {lookedAt !== null && (
          <>
            Looked at last <When at={lookedAt} now={visit.now} />.
          </>
        )}
      </p>
    </section>
  );
}

function AlertRow({ alert, visit }: { alert: AlertInfo; visit: Visit }): VNode {
  const { rule, severity, summary, detail, since } = alert;
  const address = addressOf(alert);
  return (
    <tr>
      <td class={severity === 'critical' ? 'bad-text' : undefined}>{severity}</td>
      <th scope="row">{address === null ? summary : <a href={address}>{summary}</a>}</th>
      <td class="muted">{detail}</td>
      <td>
        <When at={since} now={visit.now} />
      </td>
      <td>{rule}</td>
    </tr>
  );
}

/** The page on which to go on; null for Redis, which the overview shows itself. */
function addressOf({ rule, queue, subject }: AlertInfo): string | null {
  if (queue === null) return null;
  // Of a kind that is back it is told behind the fingerprint when it was resolved.
  return rule === 'new-failure' ? failureAddress(queue, subject.split('@')[0] ?? '') : queueAddress(queue);
}

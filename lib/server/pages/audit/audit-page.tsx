import type { Request } from 'express';
import type { VNode } from 'preact';
import type { AuditEntry, AuditPage, Inspector } from '../../../inspector/inspector.ts';
import type { QueueNames } from '../../queue-names.ts';
import { auditAddress, jobAddress, runAddress, searchAddress, workflowAddress } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { QueueForm } from '../queue-form.tsx';
import { TableHead } from '../table-head.tsx';
import type { Visit } from '../visit.ts';
import { Moment } from '../when.tsx';

/** What the audit works with. */
export interface AuditPageDeps {
  inspector: Inspector;
  queues: QueueNames;
}

/** Makes the page of who changed what, newest first, of all queues or one. */
export function auditPage({
  inspector,
  queues,
}: AuditPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (_visit, req) => {
    const { searchParams } = new URL(req.originalUrl, 'http://monitor.invalid');
    const queue = searchParams.get('queue') ?? '';
    const before = searchParams.get('before');
    const [names, page] = await Promise.all([
      queues(),
      inspector.audit.list({ before, ...(queue !== '' && { queue }) }),
    ]);
    const body = <AuditBody names={names} queue={queue} page={page} isFirst={before === null} />;
    return { title: 'Audit', section: 'audit', body };
  };
}

interface AuditBodyProps {
  names: readonly string[];
  /** The queue whose changes are shown; empty for those of all. */
  queue: string;
  page: AuditPage;
  isFirst: boolean;
}

function AuditBody({ names, queue, page: { entries, cursor }, isFirst }: AuditBodyProps): VNode {
  return (
    <>
      <h1>Audit</h1>
      <section aria-labelledby="changes-title">
        <header>
          <h2 id="changes-title">Changes {queue === '' ? 'to all queues' : `to queue ${queue}`}</h2>
          <QueueForm action="/audit" names={names} queue={queue} none="all" />
        </header>
        {entries.length === 0 ? <p>{noneText(isFirst)}</p> : <AuditTable entries={entries} />}
        <p>
          {!isFirst && <a href={auditAddress({ queue })}>The newest</a>}{' '}
          {cursor !== null && <a href={auditAddress({ queue, before: cursor })}>Older changes</a>}
        </p>
      </section>
    </>
  );
}

function noneText(isFirst: boolean): string {
  return isFirst
    ? 'Nobody has changed anything yet, through the monitor, the API or a terminal.'
    : 'There are no older changes.';
}

function AuditTable({ entries }: { entries: readonly AuditEntry[] }): VNode {
  return (
    <div class="scroller">
      <table id="changes">
        <caption>Who changed what, newest first; about the last 10,000 changes are kept</caption>
        <TableHead columns={['Time', 'Who', 'Through', 'Change', 'Queue', 'To', 'Outcome']} />
        <tbody>
          {entries.map((entry) => (
            <AuditRow key={entry.entryId} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AuditRow({ entry }: { entry: AuditEntry }): VNode {
  const { at, by, through, action, queue, outcome, detail } = entry;
  return (
    <tr>
      <th scope="row">
        <Moment at={at} />
      </th>
      <td>{by}</td>
      <td>{through}</td>
      <td>{action}</td>
      <td>{queue !== null && <a href={searchAddress({ queue })}>{queue}</a>}</td>
      <td>
        <Subject entry={entry} />
      </td>
      <td>
        <span class={`mark ${outcome}`}>{outcome}</span>
        {detail !== null && <span class="note">{detail}</span>}
      </td>
    </tr>
  );
}

/** What else has an id than jobs is named in what was done to it. */
const OTHERS = /schedule|failures|search/;
const RUNS = /^(?:start|stop|end) run$/;
const WORKFLOWS = /workflow|step/;

function Subject({ entry: { queue, id, action } }: { entry: AuditEntry }): VNode | null {
  if (id === null) return null;
  if (RUNS.test(action))
    return (
      <a class="id" href={runAddress(id)}>
        {id}
      </a>
    );
  if (queue === null || OTHERS.test(action)) return <span class="id">{id}</span>;
  return (
    <a class="id" href={WORKFLOWS.test(action) ? workflowAddress(queue, id, {}) : jobAddress(queue, id)}>
      {id}
    </a>
  );
}

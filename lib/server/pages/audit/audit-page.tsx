import type { Request } from 'express';
import type { VNode } from 'preact';
import type { AuditEntry, AuditKeep, AuditPage, Inspector } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import type { QueueNames } from '../../queue-names.ts';
import {
  auditAddress,
  auditExportAddress,
  jobAddress,
  runAddress,
  searchAddress,
  workflowAddress,
} from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { TableHead } from '../table-head.tsx';
import type { Visit } from '../visit.ts';
import { Moment } from '../when.tsx';
import { WideTable } from '../wide-table.tsx';
import { type AuditField, type AuditFields, readAuditFields, toAuditQuery } from './audit-fields.ts';
import { AuditForm } from './audit-form.tsx';

/** What the audit works with. */
export interface AuditPageDeps {
  inspector: Inspector;
  queues: QueueNames;
}

/** Makes the page of who changed what, newest first, by whom, what, where and when it is asked for. */
export function auditPage({
  inspector,
  queues,
}: AuditPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (_visit, req) => {
    const fields = readAuditFields(req);
    const before = new URL(req.originalUrl, 'http://monitor.invalid').searchParams.get('before');
    const asked = toAuditQuery(fields);
    const wrong = 'wrong' in asked ? asked.wrong : [];
    const [names, page, keep] = await Promise.all([
      queues(),
      'query' in asked ? inspector.audit.list({ ...asked.query, before }) : NO_PAGE,
      inspector.audit.kept(),
    ]);
    const isFirst = before === null;
    const body = <AuditBody {...{ names, fields, wrong, page, keep, isFirst }} />;
    return { title: 'Audit', section: 'audit', body, status: wrong.length > 0 ? 422 : 200 };
  };
}

const NO_PAGE: AuditPage = { entries: [], cursor: null };

interface AuditBodyProps {
  names: readonly string[];
  /** What the changes that are shown have in common. */
  fields: AuditFields;
  wrong: readonly AuditField[];
  page: AuditPage;
  keep: AuditKeep;
  isFirst: boolean;
}

function AuditBody(props: AuditBodyProps): VNode {
  const { names, fields, wrong } = props;
  return (
    <>
      <h1>Audit</h1>
      <section aria-labelledby="which-title">
        <h2 id="which-title">Which changes</h2>
        <AuditForm fields={fields} queues={names} wrong={wrong} />
      </section>
      <ChangesSection {...props} />
    </>
  );
}

function ChangesSection(props: AuditBodyProps): VNode {
  const { fields, page, keep, isFirst } = props;
  const { entries, cursor } = page;
  const of = fields.queue === '' ? 'all queues' : `queue ${fields.queue}`;
  return (
    <section aria-labelledby="changes-title">
      <header>
        <h2 id="changes-title">Changes to {of}</h2>
        {entries.length > 0 && (
          <p class="aside">
            <a href={auditExportAddress(fields)}>Export all of them as NDJSON</a>
          </p>
        )}
      </header>
      {entries.length === 0 ? <p>{noneText(props)}</p> : <AuditTable entries={entries} keep={keep} />}
      <p>
        {!isFirst && <a href={auditAddress(fields)}>The newest</a>}{' '}
        {cursor !== null && <a href={auditAddress({ ...fields, before: cursor })}>Older changes</a>}
      </p>
    </section>
  );
}

function noneText({ fields, wrong, isFirst, page }: AuditBodyProps): string {
  if (wrong.length > 0) return 'Nothing was looked for.';
  if (page.cursor !== null) return 'None among those that were looked at; there are older changes.';
  if (!isFirst) return 'There are no older changes.';
  return Object.values(fields).every((value) => value === '')
    ? 'Nobody has changed anything yet, through the monitor, the API or a terminal.'
    : 'There are no such changes.';
}

function keptText({ count, days }: AuditKeep): string {
  const forDays = days === null ? '' : `, for ${countText(days, 'day')}`;
  return `Who changed what, newest first; about the last ${numberText(count)} changes are kept${forDays}`;
}

function AuditTable({ entries, keep }: { entries: readonly AuditEntry[]; keep: AuditKeep }): VNode {
  return (
    <WideTable label="Changes">
      <table id="changes">
        <caption>{keptText(keep)}</caption>
        <TableHead columns={['Time', 'Who', 'Through', 'Change', 'Queue', 'To', 'Outcome']} />
        <tbody>
          {entries.map((entry) => (
            <AuditRow key={entry.entryId} entry={entry} />
          ))}
        </tbody>
      </table>
    </WideTable>
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

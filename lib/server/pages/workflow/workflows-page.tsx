import type { Request } from 'express';
import type { VNode } from 'preact';
import type { Inspector, WorkflowSummary } from '../../../inspector/inspector.ts';
import { numberText } from '../../../texts.ts';
import type { QueueNames } from '../../queue-names.ts';
import { workflowAddress } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { QueueForm } from '../queue-form.tsx';
import { TableHead } from '../table-head.tsx';
import type { Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { WorkflowMark } from './workflow-mark.tsx';

/** What the list of workflows works with. */
export interface WorkflowsPageDeps {
  inspector: Inspector;
  queues: QueueNames;
}

const MOST_LISTED = 200;

/** Makes the page of the workflows that a queue keeps, `?queue=`: those first that run or could be retried. */
export function workflowsPage({
  inspector,
  queues,
}: WorkflowsPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const { searchParams } = new URL(req.originalUrl, 'http://monitor.invalid');
    const queue = searchParams.get('queue') ?? '';
    const names = await queues();
    const flows = queue === '' ? [] : await inspector.workflows.list(queue, MOST_LISTED + 1, 'goneLast');
    const body = <WorkflowsBody names={names} queue={queue} flows={flows} now={visit.now} />;
    return { title: 'Workflows', section: 'workflows', body };
  };
}

interface WorkflowsBodyProps {
  names: readonly string[];
  /** The queue whose workflows are shown; empty for none. */
  queue: string;
  /** One more than are shown, where there are more. */
  flows: readonly WorkflowSummary[];
  now: number;
}

function WorkflowsBody({ names, queue, flows, now }: WorkflowsBodyProps): VNode {
  return (
    <>
      <h1>Workflows</h1>
      <section aria-labelledby="workflows-title">
        <header>
          <h2 id="workflows-title">{queue === '' ? 'Of no queue yet' : `Of queue ${queue}`}</h2>
          <QueueForm action="/workflows" names={names} queue={queue} none="choose one" />
        </header>
        <div id="workflows" data-refresh>
          {flows.length === 0 ? (
            <p class="inside">{noneText(queue)}</p>
          ) : (
            <WorkflowTable flows={flows.slice(0, MOST_LISTED)} now={now} />
          )}
          {flows.length > MOST_LISTED && (
            <p class="inside muted">
              There are more than these {numberText(MOST_LISTED)}. GET /v1/queues/&lt;queue&gt;/workflows
              lists up to 1,000.
            </p>
          )}
        </div>
      </section>
    </>
  );
}

function noneText(queue: string): string {
  return queue === ''
    ? 'Choose a queue: a workflow is kept by that of its first step.'
    : `Queue ${queue} keeps no workflow. One is kept by the queue of its first step, until a day after it is over.`;
}

function WorkflowTable({ flows, now }: { flows: readonly WorkflowSummary[]; now: number }): VNode {
  return (
    <div class="scroller">
      <table aria-labelledby="workflows-title">
        <caption>Those first that run or could be retried, then those that were over last</caption>
        <TableHead columns={['Workflow', 'State', ...COUNTS, 'Added', 'Over']} />
        <tbody>
          {flows.map((flow) => (
            <WorkflowRow key={flow.id} flow={flow} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The columns of numbers. */
const COUNTS = [
  { number: 'Steps', of: ({ total }: WorkflowSummary) => total },
  { number: 'Open', of: ({ open }: WorkflowSummary) => open },
  { number: 'Failed', of: ({ failed }: WorkflowSummary) => failed },
];

function WorkflowRow({ flow, now }: { flow: WorkflowSummary; now: number }): VNode {
  const { id, queue, state, createdAt, endedAt } = flow;
  return (
    <tr id={`workflow-${id}`}>
      <th scope="row">
        <a class="id" href={workflowAddress(queue, id, {})}>
          {id}
        </a>
      </th>
      <td>
        <WorkflowMark state={state} />
      </td>
      {COUNTS.map(({ number, of }) => (
        <td key={number} class={of(flow) === 0 ? 'number zero' : 'number'}>
          {numberText(of(flow))}
        </td>
      ))}
      <td>
        <When at={createdAt} now={now} />
      </td>
      <td>{endedAt === null ? '–' : <When at={endedAt} now={now} />}</td>
    </tr>
  );
}

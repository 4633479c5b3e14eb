import type { Request } from 'express';
import type { VNode } from 'preact';
import type { Inspector, WorkflowInfo } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import { queueAddress, workflowsAddress } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { canChangeIn, type Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { GraphSection } from './graph-section.tsx';
import { STEP_STATES } from './step-shape.tsx';
import { type ShownSteps, StepsSection } from './steps-section.tsx';
import { WorkflowButtons } from './workflow-buttons.tsx';
import { WorkflowMark } from './workflow-mark.tsx';

/** What the page of a workflow works with. */
export interface WorkflowPageDeps {
  inspector: Inspector;
}

/**
 * Makes the page of one workflow: its graph, and its steps as a table, of which `?state=` chooses those in one state
 * and `?from=` how many are passed over.
 */
export function workflowPage({ inspector }: WorkflowPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const queue = String(req.params['queue']);
    const id = String(req.params['id']);
    const flow = await inspector.workflows.get(queue, id);
    if (flow === null) return noSuchWorkflow(queue, id);
    const body = <WorkflowBody flow={flow} shown={readShown(req)} visit={visit} />;
    const isReloaded = flow.state === 'adding' || flow.state === 'running';
    return { title: `Workflow ${id} of ${queue}`, section: 'workflows', body, isReloaded };
  };
}

/** What nobody could have asked for by a link counts as not asked for. */
function readShown({ query }: Request): ShownSteps {
  const state = STEP_STATES.find((one) => one === query['state']) ?? null;
  const from = /^\d{1,6}$/.test(String(query['from'])) ? Number(query['from']) : 0;
  return { state, from };
}

function noSuchWorkflow(queue: string, id: string): Page {
  const body = (
    <>
      <h1>
        There is no workflow <span class="id">{id}</span> in queue {queue}
      </h1>
      <p>
        It may be over for more than a day, or be kept by another queue: that of its first step.{' '}
        <a href={workflowsAddress({ queue })}>The workflows of queue {queue}</a>
      </p>
    </>
  );
  return { title: `No workflow ${id} in ${queue}`, section: 'workflows', body, status: 404 };
}

function WorkflowBody(props: { flow: WorkflowInfo; shown: ShownSteps; visit: Visit }): VNode {
  const { flow, shown, visit } = props;
  const canChange = [flow, ...flow.steps].every(({ queue }) => canChangeIn(visit, queue));
  const { id, queue, state } = flow;
  return (
    <div id="workflow" data-refresh>
      <h1>
        Workflow <span class="id">{id}</span>
      </h1>
      <p>
        <WorkflowMark state={state} /> in queue <a href={queueAddress(queue)}>{queue}</a>, with{' '}
        <a href={workflowsAddress({ queue })}>other workflows</a>. {progressText(flow)}
      </p>
      {canChange && <WorkflowButtons flow={flow} />}
      <Times flow={flow} now={visit.now} />
      <GraphSection flow={flow} />
      <StepsSection flow={flow} shown={shown} canChange={canChange} />
    </div>
  );
}

function progressText({ state, total, added, open, failed, retryable, onFailure }: WorkflowInfo): string {
  if (state === 'adding')
    return `${numberText(added)} of ${countText(total, 'step')} are stored; none starts before all are.`;
  const ended = `${numberText(total - open)} of ${countText(total, 'step')} have ended.`;
  if (failed === 0) return ended;
  const stopped = onFailure === 'stop' ? ', so nothing starts any more that waits for a success' : '';
  return `${ended} ${numberText(failed)} failed, of which ${numberText(retryable)} can be retried${stopped}.`;
}

function Times({ flow, now }: { flow: WorkflowInfo; now: number }): VNode {
  const { createdAt, endedAt, deadlineAt, goneInMs } = flow;
  return (
    <p class="muted">
      Added <When at={createdAt} now={now} />
      {deadlineAt !== null && (
        <>
          , deadline <When at={deadlineAt} now={now} />
        </>
      )}
      {endedAt !== null && (
        <>
          , over <When at={endedAt} now={now} />
        </>
      )}
      {goneInMs !== null && (
        <>
          , gone <When at={now + goneInMs} now={now} />
        </>
      )}
      .
    </p>
  );
}

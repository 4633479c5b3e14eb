import type { Request } from 'express';
import type { VNode } from 'preact';
import type { BulkRunInfo, Inspector } from '../../../inspector/inspector.ts';
import { JOB_OPERATIONS } from '../../../inspector/operations.ts';
import { numberText } from '../../../texts.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress, auditAddress, RUNS_ADDRESS } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { canChangeIn, seesAll, type Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { wholeLabel } from './confirm-page.tsx';
import { RunForm } from './run-form.tsx';
import { CriteriaFacts, GRAVE, isOpen, RunMark, runText, runTitle } from './run-words.tsx';

/** What the page of a run works with. */
export interface RunPageDeps {
  inspector: Inspector;
}

/** Makes the page of a run that changes many jobs: how far it is, what came of it, and the button that stops it. */
export function runPage({ inspector }: RunPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const run = await inspector.bulkRuns.get(String(req.params['id']));
    if (run === null) return noSuchRun();
    const body = <RunBody run={run} visit={visit} seesAll={seesAll(req, run.queues)} />;
    const goesOn = isOpen(run);
    return { title: runTitle(run), section: 'search', body, isReloaded: goesOn, isHurried: goesOn };
  };
}

function noSuchRun(): Page {
  const body = (
    <>
      <h1>There is no such run</h1>
      <p>
        Runs are kept for a week after they have ended. <a href={RUNS_ADDRESS}>Those that are kept</a>
      </p>
    </>
  );
  return { title: 'No such run', section: 'search', body, status: 404 };
}

interface RunBodyProps {
  run: BulkRunInfo;
  visit: Visit;
  seesAll: boolean;
}

function RunBody(props: RunBodyProps): VNode {
  const { run, visit } = props;
  return (
    <div id="run" data-refresh>
      <h1>{runTitle(run)}</h1>
      <Standing run={run} now={visit.now} />
      <Progress run={run} />
      <div class="actions">
        <Buttons {...props} />
        <a href={RUNS_ADDRESS}>All runs</a>
        <a href={auditAddress({ queue: run.queue })}>The audit of queue {run.queue}</a>
        {run.to !== null && <a href={auditAddress({ queue: run.to })}>The audit of queue {run.to}</a>}
      </div>
      <Left left={run.left} />
      <section aria-labelledby="which-title">
        <h2 id="which-title">Which jobs</h2>
        {run.chosen === null ? (
          <CriteriaFacts {...run} seesAll={props.seesAll} />
        ) : (
          <p>Single ones that were chosen from what a search had found.</p>
        )}
      </section>
    </div>
  );
}

function Standing({ run, now }: { run: BulkRunInfo; now: number }): VNode {
  return (
    <p>
      <RunMark status={run.status} /> asked for by {run.by}, <When at={run.at} now={now} />
      {run.endedAt !== null && (
        <>
          , ended <When at={run.endedAt} now={now} />
        </>
      )}
      {run.stoppedBy !== null && `, stopped by ${run.stoppedBy}`}.
    </p>
  );
}

function Progress({ run }: { run: BulkRunInfo }): VNode {
  const { looked, total, operation, error } = run;
  return (
    <section aria-labelledby="progress-title">
      <h2 id="progress-title">How far it is</h2>
      <p>
        <progress
          aria-labelledby="progress-title"
          max={Math.max(1, total)}
          value={total === 0 ? 1 : looked}
        />{' '}
        Looked at {numberText(looked)} of {numberText(total)} jobs.
      </p>
      <p id="came-of-it">{runText(run, JOB_OPERATIONS[operation].done)}</p>
      {error !== null && <p class="bad-text">It could not go on: {error}</p>}
    </section>
  );
}

function Buttons({ run, visit, seesAll: isOperator }: RunBodyProps): VNode | null {
  if (!visit.canChange || !run.queues.every((queue) => canChangeIn(visit, queue))) return null;
  if (run.status === 'waiting' || run.status === 'running') {
    return (
      <ActionButton
        action={actionAddress('runs', run.id, 'stop')}
        label="Stop"
        name="Stop this run"
        isGrave
      />
    );
  }
  const isCount = run.dryRun && run.status === 'done' && run.matched > 0;
  if (!isCount || !isOperator) return null;
  const { operation, queue, state, filter, matched, to } = run;
  const order = { operation, queue, state, filter, ...(to !== null && { to }) };
  return <RunForm order={order} label={wholeLabel(operation, matched)} isGrave={GRAVE.has(operation)} />;
}

function Left({ left }: { left: readonly string[] }): VNode | null {
  if (left.length === 0) return null;
  return (
    <section aria-labelledby="left-title">
      <h2 id="left-title">Left alone</h2>
      <ul>
        {left.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </section>
  );
}

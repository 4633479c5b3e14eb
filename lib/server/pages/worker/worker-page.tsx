import type { Request } from 'express';
import type { VNode } from 'preact';
import { ApiaryError } from '../../../errors.ts';
import type { Inspector, WorkerLanes } from '../../../inspector/inspector.ts';
import { byHost } from '../../../inspector/worker-hosts.ts';
import { numberText } from '../../../texts.ts';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';
import { LanesSection } from './lanes-section.tsx';

/** What the page of a worker works with. */
export interface WorkerPageDeps {
  inspector: Inspector;
}

/** So many attempts are drawn and listed on a page, and so many at least of each worker. */
const MOST_ON_PAGE = 300;
const LEAST_OF_EACH = 20;

/** Makes the page of a worker, of the processes of one parent, or of those of a host: what their slots did lately. */
export function workerPage({ inspector }: WorkerPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const which = String(req.params['worker']);
    try {
      const all = await inspector.workerLanes.read(which);
      const title = all.length === 1 ? `Worker ${nameOf(all[0])}` : `Workers of ${which}`;
      return {
        title,
        section: null,
        body: <WorkerBody title={title} all={all} visit={visit} />,
        isReloaded: true,
      };
    } catch (error) {
      if (!(error instanceof ApiaryError) || error.code !== 'WORKER_NOT_FOUND') throw error;
      return noSuchWorker(which);
    }
  };
}

function nameOf(lanes: WorkerLanes | undefined): string {
  return lanes ? `${lanes.worker.host}:${lanes.worker.pid}` : '';
}

function noSuchWorker(which: string): Page {
  const body = (
    <>
      <h1>There is no live worker {which}</h1>
      <p>
        A worker that has ended is nowhere any more, and one that says nothing is gone after 15 seconds.{' '}
        <a href="/#workers">To the live workers</a>
      </p>
    </>
  );
  return { title: `No worker ${which}`, section: null, body, status: 404 };
}

function WorkerBody({
  title,
  all,
  visit,
}: {
  title: string;
  all: readonly WorkerLanes[];
  visit: Visit;
}): VNode {
  const most = Math.max(LEAST_OF_EACH, Math.floor(MOST_ON_PAGE / all.length));
  const hosts = byHost(all.map(({ worker }) => worker));
  const inOrder = hosts.flatMap(({ workers }) =>
    workers.flatMap((worker) => all.filter((one) => one.worker.id === worker.id)),
  );
  return (
    <div id="worker" data-refresh>
      <h1>{title}</h1>
      {all.length > 1 && <Sums all={all} hosts={hosts} />}
      {inOrder.map((lanes) => (
        <LanesSection key={lanes.worker.id} lanes={lanes} most={most} visit={visit} />
      ))}
    </div>
  );
}

/** How many processes there are, and which of them are in trouble, with the way there. */
function Sums({ all, hosts }: { all: readonly WorkerLanes[]; hosts: ReturnType<typeof byHost> }): VNode {
  const troubled = all.filter(
    ({ worker }) => worker.blockedSince !== undefined || worker.running.some(({ stuckSince }) => stuckSince),
  );
  return (
    <>
      {hosts.map(({ name, wanted, workers, runningCount, concurrency }) => (
        <p key={name}>
          {name}:{' '}
          {wanted === null ? '1 process' : `${numberText(workers.length)} of ${numberText(wanted)} processes`}
          , {numberText(runningCount)} of {numberText(concurrency)} slots taken.
        </p>
      ))}
      {troubled.length > 0 && <Troubled lanes={troubled} />}
    </>
  );
}

function Troubled({ lanes }: { lanes: readonly WorkerLanes[] }): VNode {
  return (
    <p>
      <span class="mark stuck">in trouble</span>{' '}
      {lanes.map(({ worker }, at) => (
        <>
          {at > 0 && ', '}
          <a href={`#worker-${worker.id}`}>
            {worker.host}:{worker.pid}
          </a>
        </>
      ))}
    </p>
  );
}

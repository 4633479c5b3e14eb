import type { VNode } from 'preact';
import type { WorkerInfo } from '../../../inspector/inspector.ts';
import { byHost, type WorkerHost } from '../../../inspector/worker-hosts.ts';
import { countText, durationText, numberText } from '../../../texts.ts';
import { jobAddress } from '../addresses.ts';
import { TableHead } from '../table-head.tsx';
import { When } from '../when.tsx';

type RunningJob = WorkerInfo['running'][number];

const MOST_SHOWN = 5;

/** A row per live worker: where it is, what it serves, and what it runs, with what is stuck first. */
export function WorkersSection({ workers, now }: { workers: readonly WorkerInfo[]; now: number }): VNode {
  return (
    <section id="workers" aria-labelledby="workers-title">
      <h2 id="workers-title">Workers</h2>
      <div class="scroller">
        {workers.length === 0 ? (
          <p class="inside muted">No worker is alive: what waits is not run.</p>
        ) : (
          <table aria-labelledby="workers-title">
            <TableHead
              columns={['Worker', 'Status', 'Up since', 'Queues', { number: 'Slots used' }, 'Runs']}
            />
            <tbody>
              {byHost(workers).map((host) => (
                <HostRows key={host.name} host={host} now={now} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

/** The processes of one parent stand below a row of its own, which adds them up. */
function HostRows({ host, now }: { host: WorkerHost; now: number }): VNode {
  const { name, wanted, workers, runningCount, concurrency } = host;
  return (
    <>
      {wanted !== null && (
        <tr id={`host-${name}`}>
          <th scope="row">{name}</th>
          <td colSpan={3}>
            {numberText(workers.length)} of {numberText(wanted)} processes
          </td>
          <td class="number">
            {numberText(runningCount)} of {numberText(concurrency)}
          </td>
          <td />
        </tr>
      )}
      {workers.map((worker) => (
        <WorkerRow key={worker.id} worker={worker} now={now} />
      ))}
    </>
  );
}

function WorkerRow({ worker, now }: { worker: WorkerInfo; now: number }): VNode {
  const { id, startedAt, concurrency, runningCount } = worker;
  return (
    <tr id={`worker-${id}`}>
      <th scope="row">
        <WorkerName worker={worker} />
      </th>
      <td>
        <Status worker={worker} now={now} />
      </td>
      <td>
        <When at={startedAt} now={now} />
      </td>
      <td>
        <ServedQueues worker={worker} />
      </td>
      <td class="number">
        {numberText(runningCount)} of {numberText(concurrency)}
      </td>
      <td>
        <RunningJobs worker={worker} now={now} />
      </td>
    </tr>
  );
}

function WorkerName({ worker: { host, pid, swarm, version } }: { worker: WorkerInfo }): VNode {
  return (
    <>
      {host}:{pid}
      <span class="note">
        {swarm && `process ${swarm.number}, `}version {version}
      </span>
    </>
  );
}

function ServedQueues({ worker: { queues, strict } }: { worker: WorkerInfo }): VNode {
  return (
    <>
      {queues.map(({ name, weight }) => (strict ? name : `${name}=${weight}`)).join(', ')}
      {strict && <span class="note">strictly in this order</span>}
    </>
  );
}

function Status({ worker: { status, blockedSince }, now }: { worker: WorkerInfo; now: number }): VNode {
  return (
    <>
      <span class={`mark ${status}`}>{status}</span>
      {blockedSince !== undefined && (
        <span class="note">
          <span class="mark stuck">blocked</span> by a handler for {durationText(now - blockedSince)}
        </span>
      )}
    </>
  );
}

function RunningJobs({ worker, now }: { worker: WorkerInfo; now: number }): VNode {
  const { id, running, runningCount } = worker;
  if (running.length === 0) return <span class="muted">nothing</span>;
  const byAge = [...running].sort(
    (one, other) => stuckFor(other, now) - stuckFor(one, now) || one.startedAt - other.startedAt,
  );
  const shown = byAge.slice(0, MOST_SHOWN);
  const others = byAge.slice(MOST_SHOWN);
  // One whose slot was taken from it is listed and not counted.
  const unlisted = Math.max(0, runningCount - running.length);
  return (
    <>
      <RunningList jobs={shown} now={now} />
      {others.length > 0 && (
        <details id={`running-${id}`}>
          <summary>{countText(others.length + unlisted, 'more job')}</summary>
          <RunningList jobs={others} now={now} />
          {unlisted > 0 && <span class="note">and {numberText(unlisted)} that are not listed</span>}
        </details>
      )}
    </>
  );
}

function RunningList({ jobs, now }: { jobs: readonly RunningJob[]; now: number }): VNode {
  return (
    <ul class="plain">
      {jobs.map((job) => (
        <li key={`${job.id} ${job.startedAt}`} id={`run-${job.queue}-${job.id}-${job.startedAt}`}>
          <a class="id" href={jobAddress(job.queue, job.id)}>
            {job.id}
          </a>{' '}
          {job.type} for {durationText(now - job.startedAt)}
          {job.stuckSince !== undefined && (
            <>
              {' '}
              <span class="mark stuck">stuck</span> ignores its signal for{' '}
              {durationText(now - job.stuckSince)}
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function stuckFor({ stuckSince }: RunningJob, now: number): number {
  return stuckSince === undefined ? 0 : Math.max(1, now - stuckSince);
}

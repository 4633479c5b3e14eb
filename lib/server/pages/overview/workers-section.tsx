import type { VNode } from 'preact';
import type { WorkerInfo } from '../../../inspector/inspector.ts';
import { byHost, type WorkerHost } from '../../../inspector/worker-hosts.ts';
import { countText, durationText, numberText } from '../../../texts.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress, jobAddress, workerAddress } from '../addresses.ts';
import { TableHead } from '../table-head.tsx';
import { canChangeAll, type Visit } from '../visit.ts';
import { When } from '../when.tsx';

type RunningJob = WorkerInfo['running'][number];

const MOST_SHOWN = 5;

/** A row per live worker: where it is, what it serves, and what it runs, with what is stuck first. */
export function WorkersSection({ workers, visit }: { workers: readonly WorkerInfo[]; visit: Visit }): VNode {
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
                <HostRows key={host.name} host={host} visit={visit} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

/** The processes of one parent stand below a row of its own, which adds them up. */
function HostRows({ host, visit }: { host: WorkerHost; visit: Visit }): VNode {
  const { name, wanted, workers, runningCount, concurrency } = host;
  return (
    <>
      {wanted !== null && (
        <tr id={`host-${name}`}>
          <th scope="row">
            <a href={workerAddress(name)}>{name}</a>
          </th>
          <td colSpan={3}>
            {numberText(workers.length)} of {numberText(wanted)} processes{' '}
            {canChangeAll(visit) && <HostButton host={host} />}
          </td>
          <td class="number">
            {numberText(runningCount)} of {numberText(concurrency)}
          </td>
          <td />
        </tr>
      )}
      {workers.map((worker) => (
        <WorkerRow key={worker.id} worker={worker} visit={visit} />
      ))}
    </>
  );
}

function WorkerRow({ worker, visit }: { worker: WorkerInfo; visit: Visit }): VNode {
  const { now } = visit;
  const { id, startedAt, concurrency, runningCount } = worker;
  return (
    <tr id={`worker-${id}`}>
      <th scope="row">
        <WorkerLink worker={worker} />
      </th>
      <td>
        <Status worker={worker} now={now} /> {canChangeAll(visit) && <WorkerButton worker={worker} />}
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

function WorkerLink({ worker }: { worker: WorkerInfo }): VNode {
  return (
    <a href={workerAddress(worker.id)}>
      <WorkerName worker={worker} />
    </a>
  );
}

/** The button for one that takes jobs, or has been told not to; what ends is not to be stopped from it. */
export function WorkerButton({ worker: { id, host, pid, status } }: { worker: WorkerInfo }): VNode | null {
  if (status !== 'running' && status !== 'paused') return null;
  const label = status === 'paused' ? 'Resume' : 'Pause';
  return <PaceButton which={id} label={label} name={`${label} worker ${host}:${pid}`} />;
}

function HostButton({ host: { name, workers } }: { host: WorkerHost }): VNode {
  const label = workers.every(({ status }) => status === 'paused') ? 'Resume' : 'Pause';
  return <PaceButton which={name} label={`${label} all`} name={`${label} all workers of ${name}`} />;
}

function PaceButton({ which, label, name }: { which: string; label: string; name: string }): VNode {
  const action = actionAddress('workers', which, label.startsWith('Pause') ? 'pause' : 'resume');
  return <ActionButton action={action} label={label} name={name} />;
}

/** Says where a worker is, and what. */
export function WorkerName({ worker: { host, pid, swarm, version } }: { worker: WorkerInfo }): VNode {
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

/** Says what a worker is doing, and what blocks it. */
export function Status({ worker, now }: { worker: WorkerInfo; now: number }): VNode {
  const { status, blockedSince } = worker;
  return (
    <>
      <span class={`mark ${status}`}>{status}</span>
      {blockedSince !== undefined && <Blocked worker={worker} forMs={now - blockedSince} />}
    </>
  );
}

function Blocked({ worker: { blockedBy, blockedAt }, forMs }: { worker: WorkerInfo; forMs: number }): VNode {
  return (
    <span class="note">
      <span class="mark stuck">blocked</span> by{' '}
      {blockedBy === undefined ? (
        'a handler'
      ) : (
        <>
          {blockedBy.type}{' '}
          <a class="id" href={jobAddress(blockedBy.queue, blockedBy.id)}>
            {blockedBy.id}
          </a>
        </>
      )}{' '}
      for {durationText(forMs)}
      {blockedAt !== undefined && `, at ${blockedAt}`}
    </span>
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

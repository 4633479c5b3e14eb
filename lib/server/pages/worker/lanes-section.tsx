import type { VNode } from 'preact';
import type { WorkerLanes } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import { hostAddress, queueAddress } from '../addresses.ts';
import { Status, WorkerButton, WorkerName } from '../overview/workers-section.tsx';
import { canChangeAll, type Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { AttemptsTable, MinutesTable } from './attempts-table.tsx';
import { mostWorthShowing } from './lane-rows.ts';
import { LanesPicture, SPAN_MS } from './lanes-picture.tsx';

/** Lanes of one worker, and how they are shown. */
export interface LanesSectionProps {
  lanes: WorkerLanes;
  /** How many attempts are drawn and listed. */
  most: number;
  visit: Visit;
}

/** Shows what a worker is, and what its slots did in the last minutes. */
export function LanesSection({ lanes, most, visit }: LanesSectionProps): VNode {
  const { worker, attempts, at } = lanes;
  // The clock of Redis, by which attempts are timed, may be a little ahead of ours.
  const now = Math.max(visit.now, lanes.isFresh ? (at ?? 0) : 0);
  const within = attempts.filter(({ endedAt }) => endedAt === null || endedAt > now - SPAN_MS);
  const shown = mostWorthShowing(within, most);
  const left = within.length - shown.length;
  const titleId = `worker-${worker.id}-title`;
  return (
    <section id={`worker-${worker.id}`} aria-labelledby={titleId}>
      <Head worker={worker} titleId={titleId} visit={visit} />
      <WorkerFacts lanes={lanes} visit={visit} />
      <LanesPicture lanes={lanes} shown={shown} now={now} />
      <Legend />
      {shown.length > 0 && <AttemptsTable id={worker.id} shown={shown} now={now} />}
      {left > 0 && (
        <p class="muted">{countText(left, 'attempt')} more are not shown: older ones, and shorter.</p>
      )}
      <MinutesTable lanes={lanes} now={now} />
    </section>
  );
}

function Head(props: { worker: WorkerLanes['worker']; titleId: string; visit: Visit }): VNode {
  const { worker, titleId, visit } = props;
  return (
    <header>
      <h2 id={titleId}>
        <WorkerName worker={worker} />
      </h2>
      <p class="aside">
        <Status worker={worker} now={visit.now} /> {canChangeAll(visit) && <WorkerButton worker={worker} />}
      </p>
    </header>
  );
}

function WorkerFacts({ lanes, visit }: { lanes: WorkerLanes; visit: Visit }): VNode {
  const { worker } = lanes;
  const { runningCount, concurrency, startedAt, queues, appVersion } = worker;
  return (
    <>
      <p>
        {numberText(runningCount)} of {countText(concurrency, 'slot')} taken. Up since{' '}
        <When at={startedAt} now={visit.now} />
        {appVersion !== undefined && `, version ${appVersion} of the program`}. It serves{' '}
        {queues.map(({ name }, at) => (
          <>
            {at > 0 && ', '}
            <a href={queueAddress(name)}>{name}</a>
          </>
        ))}
        .
        <Crew lanes={lanes} />
      </p>
      <Staleness lanes={lanes} visit={visit} />
    </>
  );
}

function Crew({ lanes: { worker } }: { lanes: WorkerLanes }): VNode | null {
  const { host, swarm } = worker;
  if (!swarm) return null;
  return (
    <>
      {' '}
      It is process {swarm.number} of the {numberText(swarm.of)} of{' '}
      <a href={hostAddress(worker)}>
        {host}:{swarm.parent}
      </a>
      .
    </>
  );
}

/** One that does not answer is what somebody looks for who comes here. */
function Staleness({
  lanes: { at, isFresh, worker },
  visit,
}: {
  lanes: WorkerLanes;
  visit: Visit;
}): VNode | null {
  if (isFresh) return null;
  const why =
    worker.blockedSince === undefined ? 'It did not answer in time' : 'It is blocked and cannot answer';
  return (
    <p>
      <span class="mark warn">no answer</span> {why}: what runs is as it last said,{' '}
      {at === null ? (
        'and of what has ended nothing is known.'
      ) : (
        <>
          and what has ended as of <When at={at} now={visit.now} />.
        </>
      )}
    </p>
  );
}

function Legend(): VNode {
  return (
    <ul class="plain legend" aria-label="What the shades mean">
      {(['succeeded', 'failed', 'other', 'running', 'trouble'] as const).map((shade) => (
        <li key={shade}>
          <span class={`swatch lane ${shade}`} /> {LEGEND[shade]}
        </li>
      ))}
    </ul>
  );
}

const LEGEND = {
  succeeded: 'succeeded',
  failed: 'failed',
  other: 'put off or cut off',
  running: 'running',
  trouble: 'stuck or blocking',
};

import type { Request } from 'express';
import type { VNode } from 'preact';
import type { Inspector, JobInfo, JobSearchResult, JobTimes } from '../../../inspector/inspector.ts';
import type { QueueNames } from '../../queue-names.ts';
import { queueAddress, searchAddress, workflowsAddress } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { PauseButton } from '../overview/queues-section.tsx';
import { canChangeIn, type Visit } from '../visit.ts';
import { askedSpan } from './asked-span.ts';
import { NewestSection, SlowestSection } from './jobs-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { type QueueState, StateSection } from './state-section.tsx';
import { TimesSection } from './times-section.tsx';
import { TypesSection } from './types-section.tsx';
import { VersionsSection } from './versions-section.tsx';

/** What the page of a queue works with. */
export interface QueuePageDeps {
  inspector: Inspector;
  queues: QueueNames;
  /** The name under which Arena lists this Redis. */
  host: string;
}

/** What is shown of a queue. */
interface QueueFacts extends QueueState {
  times: JobTimes;
  newest: readonly JobInfo[];
  waiting: JobSearchResult;
}

/** So many of the newest jobs are listed. */
export const MOST_NEWEST = 10;
/** Of so many waiting jobs, the newest, it is told which keys they have: a look at each takes some 50 µs. */
export const MOST_WAITING = 300;

/** Makes the page of one queue: how it stands, how long its jobs take, how they end, and what fills it. */
export function queuePage(deps: QueuePageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const queue = String(req.params['queue']);
    const span = askedSpan(req);
    const [names, facts] = await Promise.all([deps.queues(), readFacts(deps.inspector, queue, span)]);
    if (!names.includes(queue) && isUnused(facts)) return noSuchQueue(queue);
    const body = <QueueBody facts={facts} host={deps.host} visit={visit} />;
    return { title: `Queue ${queue}`, section: null, body };
  };
}

async function readFacts(inspector: Inspector, queue: string, span: JobTimes['span']): Promise<QueueFacts> {
  const [info, rates, limits, nextTokenInMs, times, newest, waiting] = await Promise.all([
    inspector.queue(queue),
    inspector.rates(queue),
    inspector.limits.get(queue),
    inspector.limits.nextTokenInMs(queue),
    inspector.times(queue, { span }),
    inspector.search(queue, { most: MOST_NEWEST, limit: MOST_NEWEST }),
    inspector.search(queue, { state: 'waiting', most: MOST_WAITING, limit: MOST_WAITING }),
  ]);
  return { info, rates, limits, nextTokenInMs, times, newest: newest.jobs, waiting };
}

function isUnused({ info: { counts, grouped, paused }, limits, times }: QueueFacts): boolean {
  const jobs = Object.values(counts).reduce((sum, count) => sum + count, grouped);
  return jobs === 0 && paused === null && limits === null && times.types.length === 0;
}

function noSuchQueue(queue: string): Page {
  const body = (
    <>
      <h1>There is no queue {queue}</h1>
      <p>
        A queue is there from its first job on, or as soon as it is paused or limited.{' '}
        <a href="/">To the overview</a>
      </p>
    </>
  );
  return { title: `No queue ${queue}`, section: null, body, status: 404 };
}

function QueueBody({ facts, host, visit }: { facts: QueueFacts; host: string; visit: Visit }): VNode {
  const { info, rates, times, newest, waiting } = facts;
  const { name } = info;
  return (
    <div id="queue" data-refresh>
      <h1>Queue {name}</h1>
      <p>
        <a href={searchAddress({ queue: name })}>Search its jobs</a>,{' '}
        <a href={searchAddress({ queue: name, state: 'failed' })}>those that failed</a>, or see its{' '}
        <a href={workflowsAddress({ queue: name })}>workflows</a>.
      </p>
      {canChangeIn(visit, name) && (
        <p>
          <PauseButton queue={info} />
        </p>
      )}
      <StateSection state={facts} host={host} now={visit.now} />
      <TimesSection times={times} addressOf={(span) => queueAddress(name, span)} minutes={rates.minutes} />
      <TypesSection queue={name} times={times} />
      <VersionsSection versions={times.versions} now={visit.now} />
      <SlowestSection queue={name} slowest={times.slowest} now={visit.now} />
      <NewestSection queue={name} newest={newest} search={searchAddress({ queue: name })} now={visit.now} />
      <KeysSection waiting={waiting} query={{ queue: name }} />
    </div>
  );
}

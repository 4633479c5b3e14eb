import type { Request } from 'express';
import type { VNode } from 'preact';
import type { Inspector, JobSearchResult, JobTimes } from '../../../inspector/inspector.ts';
import { queueAddress, searchAddress, typeAddress } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';
import { askedSpan } from './asked-span.ts';
import { NewestSection, SlowestSection } from './jobs-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { MOST_NEWEST, MOST_WAITING } from './queue-page.tsx';
import { TimesSection } from './times-section.tsx';
import { VersionsSection } from './versions-section.tsx';

/** What is shown of a type. */
interface TypeFacts {
  queue: string;
  type: string;
  times: JobTimes;
  newest: JobSearchResult;
  waiting: JobSearchResult;
}

/** Among so many of the newest jobs of the queue those of the type are looked for. */
const MOST_LOOKED_AT = 1_000;

/** Makes the page of one job type of a queue: how long its jobs take, how they end, and which they are. */
export function typePage({
  inspector,
}: {
  inspector: Inspector;
}): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const [queue, type] = [String(req.params['queue']), String(req.params['type'])];
    const span = askedSpan(req);
    const [times, newest, waiting] = await Promise.all([
      inspector.times(queue, { span, type }),
      inspector.search(queue, { type, most: MOST_LOOKED_AT, limit: MOST_NEWEST }),
      inspector.search(queue, { type, state: 'waiting', most: MOST_WAITING, limit: MOST_WAITING }),
    ]);
    const body = <TypeBody facts={{ queue, type, times, newest, waiting }} now={visit.now} />;
    return { title: `${type} in ${queue}`, section: null, body };
  };
}

function TypeBody({ facts, now }: { facts: TypeFacts; now: number }): VNode {
  const { queue, type, times, newest, waiting } = facts;
  const search = searchAddress({ queue, type });
  return (
    <div id="type" data-refresh>
      <h1>{type}</h1>
      <p>
        A job type in queue <a href={queueAddress(queue, times.span)}>{queue}</a>.{' '}
        <a href={searchAddress({ queue, type, state: 'failed' })}>Its failed jobs</a>
      </p>
      <OwnTimes facts={facts} now={now} />
      <NewestSection queue={queue} newest={newest.jobs} search={search} now={now} />
      <KeysSection waiting={waiting} query={{ queue, type }} />
    </div>
  );
}

/** What is kept of it by itself, or that nothing is. */
function OwnTimes({ facts: { queue, type, times }, now }: { facts: TypeFacts; now: number }): VNode {
  if (!times.isOwn) return <NotKept />;
  return (
    <>
      <TimesSection times={times} addressOf={(span) => typeAddress(queue, type, span)} minutes={[]} />
      <VersionsSection versions={times.versions} now={now} />
      <SlowestSection queue={queue} slowest={times.slowest} now={now} />
    </>
  );
}

function NotKept(): VNode {
  return (
    <section id="times" aria-labelledby="times-title">
      <h2 id="times-title">How long its jobs took</h2>
      <p>
        That is not kept of this type by itself: no job of it has ended, or 20 others of the queue are busier.
      </p>
    </section>
  );
}

import type { Request } from 'express';
import type { VNode } from 'preact';
import type { Remembered } from '../../remembered.ts';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';
import { AlertsSection } from './alerts-section.tsx';
import { ChartsSection } from './charts-section.tsx';
import { EmptySection } from './empty-section.tsx';
import { FailuresSection } from './failures-section.tsx';
import { GroupsSection } from './groups-section.tsx';
import { OutboxSection } from './outbox-section.tsx';
import type { OverviewFacts } from './overview-facts.ts';
import { QueuesSection } from './queues-section.tsx';
import { RedisSection } from './redis-section.tsx';
import { SchedulesSection } from './schedules-section.tsx';
import { Totals } from './totals.tsx';
import { TroublesSection } from './troubles-section.tsx';
import { WorkersSection } from './workers-section.tsx';

/** What the overview works with. */
export interface OverviewDeps {
  facts: Remembered<OverviewFacts>;
  /** The name under which Arena lists this Redis. */
  host: string;
}

/**
 * Returns what makes the overview: all queues, workers and schedules on one page; `?queue=` chooses whose charts it
 * has.
 */
export function overviewPage({ facts, host }: OverviewDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (visit, req) => {
    const found = await facts.read();
    const wanted = req.query['queue'];
    // A queue that is gone is not worth an error to who watches it.
    const chosen = found.queues.find(({ name }) => name === wanted)?.name ?? null;
    const body = <Overview facts={found} host={host} chosen={chosen} visit={visit} />;
    return { title: 'Overview', section: 'overview', body, isReloaded: true };
  };
}

function Overview(props: { facts: OverviewFacts; host: string; chosen: string | null; visit: Visit }): VNode {
  const { facts, host, chosen, visit } = props;
  const { queues, leftOut, workers, failures, schedules, groups, redis, outbox, unreadable, troubles } =
    facts;
  const { alerts } = facts;
  const isUnusedYet = isUnused(facts);
  return (
    <div id="overview" data-refresh>
      <h1>Overview</h1>
      {unreadable.length + troubles.length > 0 && (
        <TroublesSection unreadable={unreadable} troubles={troubles} />
      )}
      {alerts.alerts.length > 0 && <AlertsSection alerts={alerts} visit={visit} />}
      <Totals queues={queues} workers={workers} />
      {isUnusedYet && <EmptySection />}
      {queues.length > 0 && <QueuesSection queues={queues} leftOut={leftOut} host={host} visit={visit} />}
      {!isUnusedYet && <ChartsSection facts={facts} chosen={chosen} now={visit.now} />}
      {failures.length > 0 && <FailuresSection failures={failures} visit={visit} />}
      <WorkersSection workers={workers} visit={visit} />
      <SchedulesSection schedules={schedules} visit={visit} />
      {groups.length > 0 && <GroupsSection groups={groups} now={visit.now} />}
      {outbox && <OutboxSection outbox={outbox} />}
      <RedisSection redis={redis} />
    </div>
  );
}

function isUnused({ queues, history }: OverviewFacts): boolean {
  const hasJobs = queues.some(
    ({ counts, grouped }) => grouped > 0 || Object.values(counts).some((one) => one > 0),
  );
  const hadJobs = [...history.values()].flat().some(({ processed }) => processed > 0);
  return !hasJobs && !hadJobs;
}

import type { Inspector } from '../../inspector/inspector.ts';
import type { InspectorParts } from '../../inspector/inspector-parts.ts';
import { readSeenLanes } from '../../inspector/seen-lanes.ts';
import { seenWorkers } from '../../inspector/seen-workers.ts';
import { type QueueRights, seesQueue } from '../../monitor-rights.ts';
import type { QueueNames } from '../queue-names.ts';
import { narrowed, type Rules, requireChanged } from './narrowed.ts';
import { PART_RULES, type QueuePart } from './part-rules.ts';
import { narrowJobs } from './seen-jobs.ts';
import { narrowShared, type Sources } from './shared-parts.ts';

/** What each call of an inspector takes. */
export const RULES: Rules<Inspector> = {
  ...{ knownQueues: 'own', census: 'own', queueNames: 'own', eachQueue: 'own', workers: 'own' },
  ...{ schedules: 'own', limits: 'own', groups: 'own', batches: 'own', failures: 'own', uniqueKeys: 'own' },
  ...{ bulk: 'own', shards: 'own', workerPace: 'own', workerLanes: 'own', privacy: 'own' },
  ...{ alerts: 'own', audit: 'own', bulkRuns: 'own', savedSearches: 'own', workflows: 'own' },
  ...{ move: 'own', job: 'own', jobs: 'own', search: 'own', find: 'own', why: 'own' },
  ...{ queue: 'look', history: 'look', rates: 'look', times: 'look' },
  ...{ retryAll: 'change', promoteAll: 'change', removeAll: 'change', archiveAll: 'change', clean: 'change' },
  ...{ pause: 'change', resume: 'change', deleteQueue: 'change' },
  ...{ retry: 'change', promote: 'change', remove: 'change', removeIdle: 'change', archive: 'change' },
  ...{ cancel: 'change', updateData: 'change', reschedule: 'change', setPriority: 'change' },
  ...{ signal: 'change', log: 'change', rerun: 'change' },
  // Of Redis itself, which says nothing of a queue.
  ...{ redisInfo: 'free', requireRights: 'free', ping: 'free' },
  // Not for who has some queues only, or not asked for here.
  ...{ events: 'whole', queues: 'whole', schedulePage: 'whole', contracts: 'whole', workflow: 'whole' },
  ...{ forget: 'change-whole', close: 'change-whole' },
};

/** What each call of its census takes; what it forgets is in no Redis. */
export const CENSUS_RULES: Rules<Inspector['census']> = { names: 'own', forget: 'free' };

/**
 * Makes an inspector that keeps to the queues of some rights, whoever uses it and for whatever: it is the one place
 * where the rights of the monitor's users are enforced. Lists have what is seen and nothing else. A call about any
 * other queue rejects with NOT_ALLOWED, and so does a change where there is only a right to look. What is private of
 * encrypted jobs is shown of queues that may be changed.
 */
export function narrowedInspector(sources: Sources): Inspector {
  const { rights, open } = sources;
  const isSeen = (queue: string): boolean => seesQueue(rights, queue);
  const names = seenNames(rights, () => open.census.names());
  return narrowed({
    ...sources,
    rules: RULES,
    own: {
      knownQueues: open.knownQueues.filter(isSeen),
      census: narrowed({
        ...{ rights, open: open.census, closed: open.census },
        rules: CENSUS_RULES,
        own: { names },
      }),
      queueNames: async () => (await open.queueNames()).filter(isSeen),
      eachQueue: async (queues, visit, rule) => open.eachQueue(queues.filter(isSeen), visit, rule),
      workers: async () => seenWorkers(await open.workers(), isSeen),
      workerLanes: narrowLanes(sources),
      move: movesBoth(sources, (inspector) => inspector.move.bind(inspector)),
      ...narrowParts(sources),
      ...narrowShared(sources),
      ...narrowJobs(sources),
    },
  });
}

/** Lists those of some queues that are seen; the same list as long as it is one of the same. */
export function seenNames(rights: QueueRights, all: QueueNames): () => Promise<readonly string[]> {
  let last: { of: readonly string[]; names: readonly string[] } | null = null;
  return async () => {
    const of = await all();
    if (last?.of !== of) last = { of, names: of.filter((queue) => seesQueue(rights, queue)) };
    return last.names;
  };
}

/** What each call of the lanes takes: a worker serves whatever queues it does. */
export const LANE_RULES: Rules<InspectorParts['workerLanes']> = { read: 'own' };

function narrowLanes({ rights, open, closed }: Sources): Inspector['workerLanes'] {
  return narrowed({
    ...{ rights, open: open.workerLanes, closed: closed.workerLanes },
    rules: LANE_RULES,
    own: { read: (which) => readSeenLanes(open, which, (queue) => seesQueue(rights, queue)) },
  });
}

function narrowParts(sources: Sources): Pick<InspectorParts, QueuePart> {
  return {
    schedules: narrowPart(sources, 'schedules'),
    limits: narrowPart(sources, 'limits'),
    groups: narrowPart(sources, 'groups'),
    batches: narrowPart(sources, 'batches'),
    failures: narrowPart(sources, 'failures'),
    uniqueKeys: narrowPart(sources, 'uniqueKeys'),
    bulk: narrowPart(sources, 'bulk', { move: movesBoth(sources, ({ bulk }) => bulk.move.bind(bulk)) }),
    shards: narrowPart(sources, 'shards'),
    workerPace: narrowPart(sources, 'workerPace'),
    privacy: narrowPart(sources, 'privacy'),
  };
}

function narrowPart<Name extends QueuePart>(
  { rights, open, closed }: Sources,
  name: Name,
  own: Partial<InspectorParts[Name]> = {},
): InspectorParts[Name] {
  return narrowed<InspectorParts[Name]>({
    ...{ rights, open: open[name], closed: closed[name] },
    rules: PART_RULES[name],
    own,
  });
}

/** A call that moves jobs: both queues must be such as may be changed. */
function movesBoth<Which, Options extends { to: string }, Result>(
  { rights, open }: Sources,
  moveOf: (inspector: Inspector) => (queue: string, which: Which, options: Options) => Promise<Result>,
): (queue: string, which: Which, options: Options) => Promise<Result> {
  return async (queue, which, options) => {
    requireChanged(rights, queue);
    requireChanged(rights, String(options?.to));
    return moveOf(open)(queue, which, options);
  };
}

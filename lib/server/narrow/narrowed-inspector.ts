import type { Inspector } from '../../inspector/inspector.ts';
import type { InspectorParts } from '../../inspector/inspector-parts.ts';
import { type QueueRights, seesQueue } from '../../monitor-rights.ts';
import type { QueueNames } from '../queue-names.ts';
import { narrowed, type Rules } from './narrowed.ts';
import { PART_RULES, type QueuePart } from './part-rules.ts';
import { narrowJobs, seenWorkers } from './seen-jobs.ts';
import { narrowShared, type Sources } from './shared-parts.ts';

const RULES: Rules<Inspector> = {
  ...{ knownQueues: 'own', census: 'own', queueNames: 'own', eachQueue: 'own', workers: 'own' },
  ...{ schedules: 'own', limits: 'own', groups: 'own', batches: 'own', failures: 'own', uniqueKeys: 'own' },
  ...{ bulk: 'own', shards: 'own', workerPace: 'own', privacy: 'own' },
  ...{ alerts: 'own', audit: 'own', bulkRuns: 'own', savedSearches: 'own', workflows: 'own' },
  ...{ job: 'own', jobs: 'own', search: 'own', find: 'own', why: 'own' },
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
  ...{ forget: 'whole', close: 'whole' },
};

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
        rules: { names: 'own', forget: 'free' },
        own: { names },
      }),
      queueNames: async () => (await open.queueNames()).filter(isSeen),
      eachQueue: async (queues, visit, rule) => open.eachQueue(queues.filter(isSeen), visit, rule),
      workers: async () => seenWorkers(rights, await open.workers()),
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

function narrowParts(sources: Sources): Pick<InspectorParts, QueuePart> {
  return {
    schedules: narrowPart(sources, 'schedules'),
    limits: narrowPart(sources, 'limits'),
    groups: narrowPart(sources, 'groups'),
    batches: narrowPart(sources, 'batches'),
    failures: narrowPart(sources, 'failures'),
    uniqueKeys: narrowPart(sources, 'uniqueKeys'),
    bulk: narrowPart(sources, 'bulk'),
    shards: narrowPart(sources, 'shards'),
    workerPace: narrowPart(sources, 'workerPace'),
    privacy: narrowPart(sources, 'privacy'),
  };
}

function narrowPart<Name extends QueuePart>(
  { rights, open, closed }: Sources,
  name: Name,
): InspectorParts[Name] {
  return narrowed<InspectorParts[Name]>({
    ...{ rights, open: open[name], closed: closed[name] },
    rules: PART_RULES[name],
  });
}

import type { InspectorParts } from '../../inspector/inspector-parts.ts';
import type { Rules } from './narrowed.ts';

/** The parts of an inspector that are about one queue at a time, which is the first argument of each call. */
export type QueuePart =
  | 'schedules'
  | 'limits'
  | 'groups'
  | 'batches'
  | 'failures'
  | 'uniqueKeys'
  | 'bulk'
  | 'shards'
  | 'workerPace'
  | 'privacy';

/** What each call of those takes. */
export const PART_RULES: { readonly [Name in QueuePart]: Rules<InspectorParts[Name]> } = {
  schedules: {
    list: 'look',
    names: 'look',
    listNamed: 'look',
    get: 'look',
    next: 'look',
    firings: 'look',
    pause: 'change',
    resume: 'change',
    remove: 'change',
    fireNow: 'change',
  },
  limits: {
    get: 'look',
    set: 'change',
    lift: 'change',
    refill: 'change',
    holds: 'look',
    nextTokenInMs: 'look',
    keys: 'look',
  },
  groups: { list: 'look', get: 'look', jobs: 'look', fire: 'change', remove: 'change' },
  batches: { get: 'look', list: 'look' },
  failures: { groups: 'look', case: 'look', noteReopened: 'change', mark: 'change' },
  uniqueKeys: { holder: 'look', free: 'change' },
  bulk: {
    // What it makes would know no rights.
    paced: 'change-whole',
    count: 'look',
    retry: 'change',
    promote: 'change',
    remove: 'change',
    archive: 'change',
    // It has two queues.
    move: 'own',
    cancel: 'change',
  },
  // The order of a change names the queue within.
  shards: {
    ...{ get: 'look', namesOf: 'look', targetsIn: 'look', whereIs: 'look' },
    ...{ withoutShards: 'whole', namesOfEach: 'whole', set: 'whole', restore: 'whole' },
  },
  // A worker serves whatever queues it does.
  workerPace: {
    pause: 'change-whole',
    resume: 'change-whole',
    setConcurrency: 'change-whole',
    change: 'change-whole',
    find: 'whole',
  },
  privacy: { reencrypt: 'change-whole', forget: 'change-whole' },
};

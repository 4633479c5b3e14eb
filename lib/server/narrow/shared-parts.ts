import type {
  AuditQuery,
  BulkRunInfo,
  BulkRunOrder,
  Inspector,
  WorkflowInfo,
} from '../../inspector/inspector.ts';
import type { InspectorParts } from '../../inspector/inspector-parts.ts';
import { type QueueRights, seesQueue } from '../../monitor-rights.ts';
import {
  forbiddenWhole,
  type Narrowing,
  narrowed,
  type Rules,
  requireChanged,
  requireSeen,
} from './narrowed.ts';

/** What narrowing an inspector works with. */
export interface Sources {
  rights: QueueRights;
  open: Inspector;
  closed: Inspector;
}

/** The parts of an inspector that keep what is about several queues, or about none. */
export type SharedPart = 'alerts' | 'audit' | 'bulkRuns' | 'savedSearches' | 'workflows';

/** What each call of those takes. */
export const SHARED_RULES: { readonly [Name in SharedPart]: Rules<InspectorParts[Name]> } = {
  alerts: {
    store: 'change-whole',
    list: 'own',
    failedSince: 'look',
    newKinds: 'whole',
    noteKinds: 'change-whole',
  },
  audit: {
    record: 'free',
    list: 'own',
    about: 'look',
    kept: 'free',
    keep: 'change-whole',
    trim: 'change-whole',
  },
  bulkRuns: {
    store: 'change-whole',
    start: 'change-own',
    list: 'own',
    get: 'own',
    stop: 'change-own',
    countSome: 'own',
  },
  savedSearches: { list: 'own', save: 'change-own', remove: 'change-own' },
  workflows: {
    get: 'own',
    find: 'own',
    list: 'look',
    cancel: 'change-own',
    retry: 'change-own',
    rerun: 'change-own',
  },
};

/** Makes them keep to the rights. */
export function narrowShared(sources: Sources): Pick<InspectorParts, SharedPart> {
  return {
    alerts: narrowAlerts(sources),
    audit: narrowAudit(sources),
    bulkRuns: narrowRuns(sources),
    savedSearches: narrowSearches(sources),
    workflows: narrowWorkflows(sources),
  };
}

/** Both sides of a part. */
function sidesOf<Name extends SharedPart>(
  { rights, open, closed }: Sources,
  name: Name,
): Pick<Narrowing<InspectorParts[Name]>, 'rights' | 'open' | 'closed'> {
  return { rights, open: open[name], closed: closed[name] };
}

/** What is about Redis, and how many more there are, is about all queues. */
function narrowAlerts(sources: Sources): InspectorParts['alerts'] {
  const { rights, open } = sources;
  return narrowed({
    ...sidesOf(sources, 'alerts'),
    rules: SHARED_RULES.alerts,
    own: {
      list: async () => {
        const { alerts, lookedAt } = await open.alerts.list();
        const seen = alerts.filter(({ queue }) => queue !== null && seesQueue(rights, queue));
        return { alerts: seen, more: 0, lookedAt };
      },
    },
  });
}

function narrowAudit(sources: Sources): InspectorParts['audit'] {
  const { rights, open } = sources;
  return narrowed({
    ...sidesOf(sources, 'audit'),
    rules: SHARED_RULES.audit,
    own: {
      list: async ({ only = () => true, ...query }: AuditQuery = {}) =>
        open.audit.list({ ...query, only: (queue) => seesQueue(rights, queue) && only(queue) }),
    },
  });
}

function narrowRuns(sources: Sources): InspectorParts['bulkRuns'] {
  return narrowed({
    ...sidesOf(sources, 'bulkRuns'),
    rules: SHARED_RULES.bulkRuns,
    own: ownRuns(sources),
  });
}

function ownRuns({ rights, open: { bulkRuns } }: Sources): Partial<InspectorParts['bulkRuns']> {
  const isSeen = ({ queues }: BulkRunInfo): boolean =>
    queues.length > 0 && queues.every((queue) => seesQueue(rights, queue));
  const get = async (id: string): Promise<BulkRunInfo | null> => {
    const run = await bulkRuns.get(id);
    return run && isSeen(run) ? run : null;
  };
  return {
    start: async (id, order, by) => {
      requireAll(rights, queuesOf(order));
      return bulkRuns.start(id, order, by);
    },
    list: async () => (await bulkRuns.list()).filter(isSeen),
    get,
    stop: async (id, by) => {
      const run = await get(id);
      requireAll(rights, run?.queues ?? []);
      return run && bulkRuns.stop(id, by);
    },
    countSome: async (order) => {
      requireAll(rights, queuesOf(order));
      return bulkRuns.countSome(order);
    },
  };
}

function requireAll(rights: QueueRights, queues: readonly string[]): void {
  for (const queue of queues) requireChanged(rights, queue);
}

/** The queues that an order is about, whatever a form says of it; whether it can be one is looked at later. */
function queuesOf({ queue, ids = [], to }: BulkRunOrder): string[] {
  const pairs: unknown = ids;
  const named = Array.isArray(pairs)
    ? pairs.map((pair: unknown) => (Array.isArray(pair) ? pair[0] : ''))
    : [];
  return [...new Set([queue, ...named, ...(to === undefined ? [] : [to])].map(String))];
}

/** A search of no queue, or of a queue of others, tells by its name and its fields of what is there. */
function narrowSearches(sources: Sources): InspectorParts['savedSearches'] {
  const { rights, open } = sources;
  const before = async (name: string): Promise<string | null> => {
    const found = (await open.savedSearches.list()).find((search) => search.name === name);
    return found ? (found.fields['queue'] ?? '') : null;
  };
  return narrowed({
    ...sidesOf(sources, 'savedSearches'),
    rules: SHARED_RULES.savedSearches,
    own: {
      list: async () =>
        (await open.savedSearches.list()).filter(({ fields }) => seesQueue(rights, fields['queue'] ?? '')),
      save: async (search) => {
        requireChanged(rights, search.fields['queue'] ?? '');
        const queue = await before(search.name);
        if (queue !== null) requireChanged(rights, queue);
        return open.savedSearches.save(search);
      },
      remove: async (name) => {
        const queue = await before(name);
        if (queue === null || !seesQueue(rights, queue)) return false;
        requireChanged(rights, queue);
        return open.savedSearches.remove(name);
      },
    },
  });
}

/** The steps of a workflow may be of other queues than the one that keeps it; who sees it sees, and changes, all. */
function narrowWorkflows(sources: Sources): InspectorParts['workflows'] {
  return narrowed({
    ...sidesOf(sources, 'workflows'),
    rules: SHARED_RULES.workflows,
    own: ownWorkflows(sources),
  });
}

type Require = (rights: QueueRights, queue: string) => void;

function ownWorkflows({ rights, open: { workflows } }: Sources): Partial<InspectorParts['workflows']> {
  const readIf = async (queue: string, id: string, require: Require): Promise<WorkflowInfo | null> => {
    require(rights, queue);
    const flow = await workflows.get(queue, id);
    for (const step of flow?.steps ?? []) require(rights, step.queue);
    return flow;
  };
  return {
    get: (queue, id) => readIf(queue, id, requireSeen),
    // Which of several of one id it would be is not told.
    find: () => Promise.reject(forbiddenWhole()),
    cancel: async (queue, id, by) => {
      await readIf(queue, id, requireChanged);
      return workflows.cancel(queue, id, by);
    },
    retry: async (queue, id) => {
      await readIf(queue, id, requireChanged);
      return workflows.retry(queue, id);
    },
    rerun: async (queue, id, step) => {
      await readIf(queue, id, requireChanged);
      return workflows.rerun(queue, id, step);
    },
  };
}

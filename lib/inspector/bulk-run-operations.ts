import { ApiaryError } from '../errors.ts';
import type { BulkRunOrder, Inspector } from './inspector.ts';
import { type Operation, said, told } from './told.ts';

/** A run that changes many jobs, by its id. */
export interface BulkRunTarget {
  run: string;
  by: string;
}

/** A saved search, by its name. */
export interface SavedSearchTarget {
  name: string;
  by: string;
}

/** Every operation on runs that change many jobs. */
export const BULK_RUN_OPERATIONS = {
  start: {
    action: 'start run',
    summary: 'Begins to change many jobs in the background.',
    run: async ({ bulkRuns }: Inspector, { run, by }: BulkRunTarget, order: BulkRunOrder) => {
      const isNew = await bulkRuns.start(run, order, by);
      return told(isNew, orderText(order), 'this run was asked for before');
    },
  },
  stop: {
    action: 'stop run',
    summary: 'Has such a run stop after its next small step; what is done stays done.',
    run: async ({ bulkRuns }: Inspector, { run, by }: BulkRunTarget) => {
      const status = await bulkRuns.stop(run, by);
      if (status === null) throw new ApiaryError('JOB_NOT_FOUND', `there is no run ${run} any more`);
      if (status === 'waiting' || status === 'running')
        return said('The run stops; what is done stays done.');
      throw new ApiaryError('JOB_STATE_FORBIDS', `the run is ${status} already`);
    },
  },
} as const satisfies Record<string, Operation<BulkRunTarget>>;

/** How the audit stream calls the end of such a run. */
export const BULK_RUN_ENDS = 'end run';

/** Every operation on saved searches. */
export const SAVED_SEARCH_OPERATIONS = {
  save: {
    action: 'save search',
    summary: 'Saves a search for all, under a name.',
    run: async (
      { savedSearches }: Inspector,
      { name, by }: SavedSearchTarget,
      { fields }: { fields: Readonly<Record<string, string>> },
    ) => {
      await savedSearches.save({ name, fields, by });
      return said(`The search ${name} is saved.`);
    },
  },
  remove: {
    action: 'remove search',
    summary: 'Removes a saved search.',
    run: async ({ savedSearches }: Inspector, { name }: SavedSearchTarget) => {
      if (await savedSearches.remove(name)) return said(`The search ${name} is removed.`);
      throw new ApiaryError('JOB_NOT_FOUND', `there is no search ${name} any more`);
    },
  },
} as const satisfies Record<string, Operation<SavedSearchTarget>>;

/** What a run is about, in a line: `retry failed jobs of queue mail with type email.send`. */
export function orderText({ operation, dryRun, queue, state, filter = {}, ids, to }: BulkRunOrder): string {
  const verb = dryRun ? `count for ${operation}` : operation;
  const where = to === undefined ? '' : ` to queue ${to}`;
  if (ids !== undefined) return `${verb} ${ids.length} chosen ${ids.length === 1 ? 'job' : 'jobs'}${where}`;
  const which = [
    ...(filter.type === undefined ? [] : [`type ${filter.type}`]),
    ...(filter.key === undefined ? [] : [`key ${filter.key}`]),
    // What was sought in there may be private, and everybody reads the audit.
    ...(filter.error === undefined ? [] : ['a text in the error']),
    ...(filter.field === undefined ? [] : [`a value at ${filter.field.path}`]),
  ];
  const criteria = which.length === 0 ? '' : ` with ${which.join(', ')}`;
  return `${verb} ${state} jobs of queue ${queue}${criteria}${where}`;
}

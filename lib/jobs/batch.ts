import type { BatchRule } from '../engine/links/batch.ts';
import { makeJobId } from '../engine/record/record.ts';
import { fullQueue } from '../engine/store/save-answer.ts';
import { ApiaryError } from '../errors.ts';
import { isLabel, LABEL_RULE } from '../names.ts';
import { requireObject } from '../require-given.ts';
import {
  type CheckedJob,
  checkData,
  type DraftedJob,
  draft,
  type LinkedAddress,
  type LinkingDeps,
  type PlannedJob,
  refusal,
  requirePlanned,
  requireReach,
  sending,
  written,
} from './planned-job.ts';
import type { AddWarning } from './worker-check.ts';

/** A batch to be added. */
export interface NewBatch {
  /** Your own; counts in the queue of `last`. Default: a unique one. */
  id?: string;
  /** Its members, up to 100,000. */
  jobs: readonly PlannedJob[];
  /** What is added after them, once. */
  last: PlannedJob;
  /**
   * Default `succeeded`: after all of them, those too that failed and are retried by hand. `ended`: however they end.
   */
  when?: BatchRule;
}

/** The answer to an added batch. */
export interface AddedBatch {
  id: string;
  /** The queue of its last job. */
  queue: string;
  /** False when all of it was there already. */
  created: boolean;
  /** The members that this call has added, in order. */
  jobs: LinkedAddress[];
  /** The job that will be added after them. */
  last: LinkedAddress;
  /** As those of a single job, of all that was given. */
  warnings?: readonly AddWarning[];
}

/** How many members a batch has at most. */
export const MOST_MEMBERS = 100_000;

const RULES: readonly unknown[] = ['succeeded', 'ended'] satisfies BatchRule[];

/** Throws JOB_INVALID unless a call was given planned jobs, and one that is to follow them. */
export function requireBatch(batch: NewBatch): void {
  const { jobs, last } = requireObject('addBatch', 'jobs and last', batch);
  requirePlanned('addBatch', jobs);
  requirePlanned('addBatch', [last]);
}

/** Adds a batch that {@link requireBatch} found right. */
export async function addBatch(deps: LinkingDeps, batch: NewBatch): Promise<AddedBatch> {
  const { id = makeJobId(deps.clock.now()), jobs, last, when = 'succeeded' } = batch;
  if (!isLabel(id)) throw refusal('id', `must be ${LABEL_RULE}`);
  if (!RULES.includes(when)) throw refusal('when', 'must be succeeded or ended');
  if (jobs.length === 0 || jobs.length > MOST_MEMBERS)
    throw refusal('jobs', `must be 1 to ${MOST_MEMBERS} jobs, not ${jobs.length}`);
  requireReach(deps.client, [...jobs, last]);
  const checked: CheckedJob[] = [];
  for (const job of [last, ...jobs]) {
    const checking = checkData(job, deps.maxDataBytes);
    checked.push(checking instanceof Promise ? await checking : checking);
  }
  return sending(checked, ([traced, ...members]) => {
    if (!traced) throw refusal('last', 'is required');
    return store(deps, { id, jobs: members, last: traced, when });
  });
}

/** A batch whose data were found right. */
interface CheckedBatch extends Required<NewBatch> {
  jobs: readonly CheckedJob[];
  last: CheckedJob;
}

async function store(deps: LinkingDeps, batch: CheckedBatch): Promise<AddedBatch> {
  const { id, when } = batch;
  const { addedBy, keyring } = deps;
  const now = deps.clock.now();
  const last = draft(batch.last, { now, path: 'last', keyring });
  const drafts = batch.jobs.map((job, at) => draft(job, { now, path: `jobs[${at}]`, addedBy, keyring }));
  const { queue, type } = last;
  const members = drafts.map((one) => written(one, { batch: { id, queue } }));
  const toSave = { id, queue, when, last: written(last, null), members };
  const saved = await deps.storeOf(queue).saveBatch(toSave, deps.lookForShards([last, ...drafts]));
  if (saved.outcome === 'full') throw fullQueue();
  if (saved.outcome === 'other')
    throw new ApiaryError('JOB_EXISTS', `queue ${queue} has another batch ${id}, or lost this one meanwhile`);
  const jobs = drafts.filter((_one, at) => saved.added[at]);
  for (const job of jobs) tell(deps, job);
  const created = jobs.length > 0;
  return { id, queue, created, jobs: jobs.map(addressOf), last: { id: saved.lastId, queue, type } };
}

function tell({ onCreated }: LinkingDeps, job: DraftedJob): void {
  onCreated({ ...addressOf(job), created: true, state: job.start === '' ? 'waiting' : 'delayed' });
}

function addressOf({ id, queue, type }: DraftedJob): LinkedAddress {
  return { id, queue, type };
}

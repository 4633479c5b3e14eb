import { sealOf, sealOptions } from '../engine/record/private.ts';
import type { StoredStep } from '../engine/record/record.ts';
import type { Keyring } from '../keyring.ts';
import {
  type CheckedJob,
  checkData,
  type DraftedJob,
  draft,
  type LinkedAddress,
  type LinkingDeps,
  type PlannedJob,
  refusal,
  requireReach,
  sending,
  written,
} from './planned-job.ts';
import type { AddWarning } from './worker-check.ts';

/** The answer to an added chain. */
export interface AddedChain {
  /** That of its first job. */
  id: string;
  /** False when a job with the id of the first was there already; then nothing was added. */
  created: boolean;
  /** Its jobs in order; only the first is there yet. Empty when it was not created. */
  jobs: LinkedAddress[];
  /** As those of a single job, of all that was given. */
  warnings?: readonly AddWarning[];
}

/** How many jobs a chain has at most: what is left of it is carried from one to the next. */
export const MOST_STEPS = 100;

/** Adds a chain of planned jobs: its first job is stored, and carries the others. */
export async function addChain(deps: LinkingDeps, jobs: readonly PlannedJob[]): Promise<AddedChain> {
  if (jobs.length === 0 || jobs.length > MOST_STEPS)
    throw refusal('jobs', `must be 1 to ${MOST_STEPS} jobs, not ${jobs.length}`);
  requireReach(deps.client, jobs);
  const checked: CheckedJob[] = [];
  for (const job of jobs) {
    const checking = checkData(job, deps.maxDataBytes);
    checked.push(checking instanceof Promise ? await checking : checking);
  }
  return sending(checked, (traced) => store(deps, traced));
}

async function store(deps: LinkingDeps, jobs: readonly CheckedJob[]): Promise<AddedChain> {
  const now = deps.clock.now();
  const { keyring } = deps;
  let isEncrypted = false;
  const drafts = jobs.map((job, at) => {
    const rules = { now, path: `jobs[${at}]`, keyring };
    const own = isEncrypted ? { ...job, options: { ...job.options, encrypt: true } } : job;
    const drafted = draft(own, at === 0 ? { ...rules, takesId: true, addedBy: deps.addedBy } : rules);
    // It is given what the one before it came to.
    isEncrypted ||= drafted.stored.encrypted === true;
    return drafted;
  });
  const [first, ...others] = drafts;
  if (!first) throw refusal('jobs', 'must not be empty');
  const { id, queue, type } = first;
  const rest = others.map((one, at): StoredStep => sealedStep(toStep(one, drafts[at] ?? first), keyring));
  const chain = { id, step: 1, steps: drafts.length, ...(rest.length > 0 && { rest }) };
  const { job } = written(first, { chain });
  const store = deps.storeOf(queue);
  const look = deps.lookForShards(drafts);
  const created = await (look ? store.saveAfter(look, job) : store.saveOne(job, (wasCreated) => wasCreated));
  if (!created) return { id, created, jobs: [] };
  deps.onCreated({ id, queue, type, created, state: job.start === '' ? 'waiting' : 'delayed' });
  return { id, created, jobs: drafts.map((one) => ({ id: one.id, queue: one.queue, type: one.type })) };
}

/** A step waits in the records of those before it, so it is sealed there as it will be by itself. */
function sealedStep(step: StoredStep, keyring: Keyring | null): StoredStep {
  const { queue, id, data, options } = step;
  if (!options.encrypted) return step;
  const seal = sealOf({ queue, keyring }, id);
  return { ...step, data: seal.seal('data', JSON.stringify(data)), options: sealOptions(seal, options) };
}

function toStep({ queue, id, json, stored, start }: DraftedJob, before: DraftedJob): StoredStep {
  const options = { ...stored, links: { follows: { queue: before.queue, id: before.id } } };
  return { queue, id, data: JSON.parse(json.text), options, start };
}

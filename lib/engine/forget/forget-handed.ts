import { carryWhatCan } from '../links/hand-over.ts';
import { type HandedEntry, readHanded } from '../links/handed-entries.ts';
import { readOwn } from '../own-json.ts';
import type { SpawnedStep } from '../record/spawned-step.ts';
import type { ForgetDeps, ForgetPart } from './forget-deps.ts';
import { blankedResult, judgeRecord } from './forget-record.ts';
import { leave } from './forget-report.ts';
import { isTheirStep } from './forget-ties.ts';

/**
 * Carries what a queue of a cluster has handed over to queues in other slots, where it is found as what it is there,
 * and counts what is still written down of the person. That goes by itself once it was found done there for a while;
 * removed before, it would be lost with a primary.
 */
export const forgetHanded: ForgetPart = async (deps, at, step) => {
  const { client, keys, dryRun } = deps;
  if (at === '0' && !dryRun) await carryWhatCan({ client, keys });
  const { entries, next } = await readHanded(client, keys, at);
  for (const entry of entries) {
    step.looked++;
    const verdict = verdictOn(deps, entry, await planOf(deps, entry));
    if (verdict !== 'none') leave(step, verdict, entry.fields['id']);
  }
  return next;
};

/** What its workflow has of a step that has ended; null of one that starts, or is gone. */
async function planOf({ client }: ForgetDeps, { fields }: HandedEntry): Promise<string | null> {
  const { flow = '', n = '', result } = fields;
  return result === undefined ? null : client.hget(flow, `${n}:plan`);
}

function verdictOn(deps: ForgetDeps, entry: HandedEntry, plan: string | null): 'none' | 'handed' | 'closed' {
  try {
    // By its name its result is sealed.
    const name = plan === null ? '' : readOwn<{ name: string }>(plan).name;
    return isTheirs(deps, entry, name) ? 'handed' : 'none';
  } catch {
    // Its key is missing, or another program has written something there.
    return 'closed';
  }
}

function isTheirs({ keys, traces }: ForgetDeps, { to, fields }: HandedEntry, name: string): boolean {
  const { flow = '', id = '', moved, record = moved, result, spawned } = fields;
  const sealing = { queue: to, keyring: keys.keyring };
  if (record !== undefined) {
    const verdict = judgeRecord(sealing, traces, { id, raw: record, hasEnded: false });
    if (verdict === 'closed') throw new Error('it is closed');
    return verdict !== 'none';
  }
  const steps = spawned === undefined ? [] : readOwn<SpawnedStep[]>(spawned);
  if (steps.some((one) => isTheirStep({ ...sealing, queue: one.queue }, traces, { ...one, job: one.id })))
    return true;
  const value = result === undefined ? null : readOwn<unknown>(result);
  const ofStep = { queue: to, id: flow.slice(keys.sibling(to).flow('').length), step: name };
  return blankedResult(sealing, traces, { step: ofStep, value }) !== value;
}

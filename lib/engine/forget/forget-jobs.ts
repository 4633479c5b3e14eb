import { runScript } from '../scripts.ts';
import { readStates } from '../store/states.ts';
import { FORGET_STEP, type ForgetDeps, type ForgetPart } from './forget-deps.ts';
import { judgeRecord, type RecordVerdict } from './forget-record.ts';
import { type ForgetStep, leave } from './forget-report.ts';

/** A job of which something is theirs, or which nobody can look into. */
interface FoundJob {
  id: string;
  raw: string;
  isRunning: boolean;
  verdict: Exclude<RecordVerdict, 'none' | 'closed'>;
}

/** Removes the jobs that are theirs, whatever their state, and takes out of others what is. */
export const forgetJobs: ForgetPart = async (deps, at, step) => {
  const [next, pairs] = await deps.client.hscan(deps.keys.jobs, at, 'COUNT', FORGET_STEP);
  const records = pairs.flatMap((id, index) =>
    index % 2 === 0 ? [{ id, raw: pairs[index + 1] ?? '' }] : [],
  );
  step.looked += records.length;
  for (const found of await foundAmong(deps, records, step)) await settle(deps, found, step);
  return next;
};

/** Only of those that may be theirs it is asked where they are. */
async function foundAmong(
  { client, keys, traces }: ForgetDeps,
  records: readonly { id: string; raw: string }[],
  step: ForgetStep,
): Promise<FoundJob[]> {
  const likely = records.filter((one) => {
    const verdict = judgeRecord(keys, traces, { ...one, hasEnded: true });
    if (verdict === 'closed') leave(step, 'closed');
    return verdict !== 'none' && verdict !== 'closed';
  });
  if (likely.length === 0) return [];
  const states = await readStates(
    client,
    keys,
    likely.map(({ id }) => id),
  );
  return likely.flatMap((one, at): FoundJob[] => {
    const state = states[at] ?? null;
    const hasEnded = state === 'succeeded' || state === 'failed';
    const verdict = judgeRecord(keys, traces, { ...one, hasEnded });
    if (verdict === 'none' || verdict === 'closed') return [];
    return [{ ...one, isRunning: state === 'active', verdict }];
  });
}

async function settle(deps: ForgetDeps, found: FoundJob, step: ForgetStep): Promise<void> {
  const { id, isRunning, verdict } = found;
  if (isRunning && !(deps.running && verdict === 'theirs')) {
    leave(step, 'running', id);
    return;
  }
  if (verdict === 'theirs') {
    const isGone = deps.dryRun || (await remove(deps, id));
    if (isGone) step.forgotten.jobs++;
    else leave(step, 'running', id);
    return;
  }
  if (verdict.isNamed) leave(step, 'naming', id);
  if (verdict.text !== null) await rewrite(deps, found, { text: verdict.text, step });
}

/** False where it runs by now, and is to be left alone then. */
async function remove({ store, running }: ForgetDeps, id: string): Promise<boolean> {
  if (running) return store.remove(id).then(() => true);
  const result = await store.removeIdle(id);
  return result.done || result.state === null;
}

async function rewrite(
  { client, keys, dryRun }: ForgetDeps,
  { id, raw }: FoundJob,
  { text, step }: { text: string; step: ForgetStep },
): Promise<void> {
  const args = { id, before: raw, after: text };
  const reply = dryRun ? 1 : await runScript(client, { script: 'rewrite', queue: keys, args });
  if (reply === 1) step.forgotten.parts++;
  else if (reply === -2) leave(step, 'running', id);
  else if (reply === -1) leave(step, 'changed', id);
}

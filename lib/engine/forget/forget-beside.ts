import { isSealed } from '../../keyring.ts';
import { readOwn } from '../own-json.ts';
import { sealOf, signalPlace } from '../record/private.ts';
import { runScript } from '../scripts.ts';
import { withOtherData } from '../signals/kept-signals.ts';
import { readStates } from '../store/states.ts';
import { FORGET_STEP, type ForgetDeps, type ForgetPart } from './forget-deps.ts';
import { judgeRecord } from './forget-record.ts';
import { type ForgetStep, leave } from './forget-report.ts';

/** What is kept of a job beside its record. */
interface Beside {
  id: string;
  text: string;
}

/** The same text without what is of the person. Throws where it cannot be read. */
type Clean = (deps: ForgetDeps, kept: Beside) => string;

/** Takes the person out of the signals that jobs were given; those of a job that is to run yet are left. */
export const forgetSignals = forgetBeside('signals', { isNeeded: true }, (deps, { id, text }) =>
  withOtherData(text, (name, json) => {
    const value = readOwn<unknown>(json);
    const seal = isSealed(value) ? sealOf(deps.keys, id) : null;
    const place = signalPlace(name);
    const data = seal && isSealed(value) ? readOwn<unknown>(seal.open(place, value)) : value;
    const cleaned = deps.traces.areIn(data) ? null : deps.traces.cleaned(data);
    if (cleaned === data) return json;
    const anew = JSON.stringify(cleaned);
    return seal ? `"${seal.seal(place, anew)}"` : anew;
  }),
);

/** Takes the person out of lines that were added to logs and are in no record yet. */
export const forgetLines = forgetBeside('addedLines', { isNeeded: false }, (deps, { id, text }) =>
  text
    .split('\n')
    .map((line) => {
      const { message, ...others } = readOwn<{ message: string }>(line);
      const seal = isSealed(message) ? sealOf(deps.keys, id) : null;
      const clear = seal ? seal.open('log', message) : message;
      const cleaned = deps.traces.cleaned(clear);
      return cleaned === clear
        ? line
        : JSON.stringify({ ...others, message: seal ? seal.seal('log', cleaned) : cleaned });
    })
    .join('\n'),
);

/** Takes the person out of the reasons for which running jobs were cancelled. */
export const forgetReasons = forgetBeside('cancelReasons', { isNeeded: false }, (deps, { text }) =>
  deps.traces.cleaned(text),
);

function forgetBeside(
  name: 'signals' | 'addedLines' | 'cancelReasons',
  { isNeeded }: { isNeeded: boolean },
  clean: Clean,
): ForgetPart {
  return async (deps, at, step) => {
    const hash = deps.keys[name];
    const [next, pairs] = await deps.client.hscan(hash, at, 'COUNT', FORGET_STEP);
    const kept = pairs.flatMap((id, index) =>
      index % 2 === 0 ? [{ id, text: pairs[index + 1] ?? '' }] : [],
    );
    for (const one of kept) await forgetOne(deps, { hash, kept: one, isNeeded, step }, clean);
    return next;
  };
}

/** What is beside a job that is gone goes as well, whatever it says. */
async function forgetOne(
  deps: ForgetDeps,
  { hash, kept, isNeeded, step }: { hash: string; kept: Beside; isNeeded: boolean; step: ForgetStep },
  clean: Clean,
): Promise<void> {
  const { client, keys, traces, dryRun } = deps;
  const { id, text } = kept;
  const raw = await client.hget(keys.jobs, id);
  if (raw === null) {
    if (!dryRun) await client.hdel(hash, id);
    return;
  }
  if (judgeRecord(keys, traces, { id, raw, hasEnded: true }) === 'theirs') return;
  const cleaned = cleanedBy(clean, deps, kept);
  if (cleaned === null) leave(step, 'closed');
  if (cleaned === null || cleaned === text) return;
  if (isNeeded && !(await hasEnded(deps, id))) leave(step, 'naming', id);
  else if (await swap(deps, hash, { id, before: text, after: cleaned })) step.forgotten.parts++;
  else leave(step, 'changed', id);
}

function cleanedBy(clean: Clean, deps: ForgetDeps, kept: Beside): string | null {
  try {
    return clean(deps, kept);
  } catch {
    return null;
  }
}

async function hasEnded({ client, keys }: ForgetDeps, id: string): Promise<boolean> {
  const [state] = await readStates(client, keys, [id]);
  return state === 'succeeded' || state === 'failed';
}

async function swap(
  { client, dryRun }: ForgetDeps,
  hash: string,
  { id, before, after }: { id: string; before: string; after: string },
): Promise<boolean> {
  return dryRun || runScript(client, { script: 'swap', keys: { hash }, args: { field: id, before, after } });
}

import { openSchedule, parseSchedule, UnknownSchedule } from '../schedules/schedule.ts';
import { FORGET_STEP, type ForgetDeps, type ForgetPart } from './forget-deps.ts';
import { leave } from './forget-report.ts';

/** Removes the schedules whose jobs would be theirs, with what is noted of their firings. */
export const forgetSchedules: ForgetPart = async (deps, at, step) => {
  const [next, pairs] = await deps.client.hscan(deps.keys.schedules, at, 'COUNT', FORGET_STEP);
  for (const [index, name] of pairs.entries()) {
    if (index % 2 === 1 || name.includes(':')) continue;
    step.looked++;
    const verdict = judgeSchedule(deps, pairs[index + 1] ?? '');
    if (verdict === 'closed') leave(step, 'closed');
    if (verdict === 'named') leave(step, 'naming', name);
    if (verdict !== 'theirs') continue;
    if (!deps.dryRun) await deps.schedules.remove(name);
    step.forgotten.schedules++;
  }
  return next;
};

function judgeSchedule({ traces, keys }: ForgetDeps, text: string): 'theirs' | 'named' | 'closed' | 'none' {
  try {
    const { data, options } = openSchedule(parseSchedule(text), keys);
    if (traces.areIn(data, options.headers)) return 'theirs';
    return traces.areNamedIn([data, options]) ? 'named' : 'none';
  } catch (error) {
    if (error instanceof UnknownSchedule) return traces.isNamedIn(text) ? 'named' : 'none';
    return 'closed';
  }
}

import { freeKey } from '../unique/unique-holder.ts';
import { FORGET_STEP, type ForgetDeps, type ForgetPart } from './forget-deps.ts';

/** Lets go of throttles whose key names the person. */
export const forgetThrottles: ForgetPart = (deps, at, step) => {
  const throttles = deps.keys.lock('');
  return forgetMembers(deps, { key: throttles, at }, async (key) => {
    step.forgotten.keys++;
    if (deps.dryRun) return;
    await freeKey(deps, key);
    await deps.client.zrem(throttles, key);
  });
};

/** Takes what names the person out of a sorted set of names: the rates of keys, or what ticks of schedules did. */
export function forgetSorted(name: 'rates' | 'firings'): ForgetPart {
  return (deps, at, step) => {
    const key = deps.keys[name];
    return forgetMembers(deps, { key, at }, async (member) => {
      step.forgotten.keys++;
      if (!deps.dryRun) await deps.client.zrem(key, member);
    });
  };
}

/** Forgets which carrier a job went into whose id names the person. */
export function forgetGathered(name: 'gathered' | 'gatheredBefore'): ForgetPart {
  return async ({ client, keys, traces, dryRun }, at, step) => {
    const [next, pairs] = await client.hscan(keys[name], at, 'COUNT', FORGET_STEP);
    const ids = pairs.filter((id, index) => index % 2 === 0 && traces.isNamedIn(id));
    step.forgotten.keys += ids.length;
    if (ids.length > 0 && !dryRun) await client.hdel(keys[name], ...ids);
    return next;
  };
}

async function forgetMembers(
  { client, traces }: ForgetDeps,
  { key, at }: { key: string; at: string },
  forget: (member: string) => Promise<void>,
): Promise<string> {
  const [next, pairs] = await client.zscan(key, at, 'COUNT', FORGET_STEP);
  for (const [index, member] of pairs.entries())
    if (index % 2 === 0 && traces.isNamedIn(member)) await forget(member);
  return next;
}

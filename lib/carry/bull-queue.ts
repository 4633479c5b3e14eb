import { type QueueLimits, requireLimits } from '../engine/limits/limits.ts';
import { type BullPlace, JOB_FIELDS, toFinding } from './bull-job.ts';
import { type BullKeys, bullKeys, SCORE_PER_MS } from './bull-keys.ts';
import { toNumber } from './bull-options.ts';
import { SCHEDULE_FIELDS, scheduleFinding } from './bull-schedule.ts';
import { type Finding, goes, stays } from './finding.ts';
import { readHashes, wrongTypeOr } from './hashes.ts';
import { pagesOfList, pagesOfSorted } from './pages.ts';
import type { CarryRules } from './rules.ts';

/** What a part of the walk works with. */
interface WalkDeps {
  rules: CarryRules;
  keys: BullKeys;
}

/** How many are named of those that stay together. */
const MOST_NAMED = 5;

/**
 * The keys, and what is read from each. What waits is stored behind what waits already, the one that is to be served
 * first last: so those with a priority come first, worst first, then the lists, newest first.
 */
const PARTS: readonly [key: keyof BullKeys & PlainKey, walk: (deps: WalkDeps) => AsyncGenerator<Finding>][] =
  [
    ['meta', walkLimits],
    ['repeat', walkSchedules],
    ['delayed', walkDelayed],
    ['prioritized', walkPrioritized],
    ['wait', (deps) => walkList(deps, deps.keys.wait)],
    ['paused', (deps) => walkList(deps, deps.keys.paused)],
    ['active', walkActive],
    ['failed', walkFailed],
    ['waitingChildren', walkParents],
    ['completed', walkCompleted],
  ];

/** The names of the keys that there is one of. */
type PlainKey = { [Name in keyof BullKeys]: BullKeys[Name] extends string ? Name : never }[keyof BullKeys];

/** Reads a queue of Bull or BullMQ, in steps between which Redis serves others; nothing of it is changed. */
export async function* walkBullQueue(rules: CarryRules): AsyncGenerator<Finding> {
  const deps = { rules, keys: bullKeys(rules.prefix, rules.queue) };
  for (const [key, walk] of PARTS) {
    try {
      yield* walk(deps);
    } catch (error) {
      yield stays(wrongTypeOr(error), deps.keys[key]);
    }
  }
}

async function* walkLimits({ rules, keys }: WalkDeps): AsyncGenerator<Finding> {
  const { client, source: by, now: at } = rules;
  const [concurrency, count, perMs] = (await client.hmget(keys.meta, 'concurrency', 'max', 'duration')).map(
    toNumber,
  );
  const limits: QueueLimits = {
    ...(concurrency && { concurrency }),
    ...(count && perMs && { rate: { count, perMs } }),
  };
  if (Object.keys(limits).length > 0 && areFit(limits))
    yield goes({ kind: 'limits', note: { limits, by, at } });
}

function areFit(limits: QueueLimits): boolean {
  try {
    requireLimits(limits);
    return true;
  } catch {
    return false;
  }
}

async function* walkSchedules({ rules, keys }: WalkDeps): AsyncGenerator<Finding> {
  const { client } = rules;
  for await (const page of pagesOfSorted(client, keys.repeat)) {
    const listed = page.map(({ id, score }) => [{ key: id, tick: score }, keys.schedule(id)] as const);
    for await (const [one, read] of readHashes(client, SCHEDULE_FIELDS, listed)) {
      // Older versions keep no hash of it.
      if ('why' in read && read.why !== 'gone') yield stays(read.why, one.key);
      else yield await scheduleFinding({ keys, rules }, one, 'found' in read ? read.found : null);
    }
  }
}

async function* walkDelayed(deps: WalkDeps): AsyncGenerator<Finding> {
  for await (const page of pagesOfSorted(deps.rules.client, deps.keys.delayed)) {
    const places = page.map(({ id, score }) => ({ id, at: Math.floor(score / SCORE_PER_MS) }));
    yield* jobs(
      deps,
      places.map((place) => ({ ...place, state: 'delayed' })),
    );
  }
}

async function* walkPrioritized(deps: WalkDeps): AsyncGenerator<Finding> {
  for await (const page of pagesOfSorted(deps.rules.client, deps.keys.prioritized)) {
    yield* jobs(
      deps,
      page.map(({ id }) => waiting(id)),
    );
  }
}

async function* walkList(deps: WalkDeps, list: string): AsyncGenerator<Finding> {
  for await (const ids of pagesOfList(deps.rules.client, list)) yield* jobs(deps, ids.map(waiting));
}

/** What no worker holds any more was left behind by one that died. */
async function* walkActive(deps: WalkDeps): AsyncGenerator<Finding> {
  const { client } = deps.rules;
  for await (const ids of pagesOfList(client, deps.keys.active)) {
    const held = await Promise.all(ids.map((id) => client.exists(deps.keys.lock(id))));
    for (const id of ids.filter((_, at) => held[at] === 1)) yield stays('running', id);
    yield* jobs(deps, ids.filter((_, at) => held[at] === 0).map(waiting));
  }
}

async function* walkFailed(deps: WalkDeps): AsyncGenerator<Finding> {
  for await (const page of pagesOfSorted(deps.rules.client, deps.keys.failed)) {
    yield* jobs(
      deps,
      page.map(({ id, score }) => ({ id, state: 'failed', at: Math.floor(score) })),
    );
  }
}

async function* walkParents({ rules: { client }, keys }: WalkDeps): AsyncGenerator<Finding> {
  const count = await client.zcard(keys.waitingChildren);
  if (count === 0) return;
  const names = await client.zrange(keys.waitingChildren, 0, String(MOST_NAMED - 1));
  yield { kind: 'left', why: 'flow', count, names };
}

async function* walkCompleted({ rules: { client }, keys }: WalkDeps): AsyncGenerator<Finding> {
  const count = await client.zcard(keys.completed);
  if (count > 0) yield { kind: 'left', why: 'finished', count, names: [] };
}

function waiting(id: string): BullPlace {
  return { id, state: 'waiting', at: null };
}

async function* jobs({ rules, keys }: WalkDeps, places: readonly BullPlace[]): AsyncGenerator<Finding> {
  const listed = places.map((place) => [place, keys.job(place.id)] as const);
  for await (const [place, read] of readHashes(rules.client, JOB_FIELDS, listed)) {
    if ('found' in read) yield toFinding(read.found, place, rules);
    // Older versions put marks among the jobs.
    else if (read.why !== 'gone' || !place.id.startsWith('0:')) yield stays(read.why, place.id);
  }
}

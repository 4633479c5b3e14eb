import { LATEST_TIME_MS } from '../clock.ts';
import { type JobState, type QueueKeys, queueKeys } from '../engine/keys.ts';
import { parseRecord } from '../engine/record/record.ts';
import { isLabel } from '../names.ts';
import { type Finding, goes, stays } from './finding.ts';
import { readFields, wrongTypeOr } from './hashes.ts';
import { pagesOfList, pagesOfSet, pagesOfSorted } from './pages.ts';
import { type CarryRules, carriedId } from './rules.ts';

/** A job that was found in a state; when it is due, of a delayed one (epoch ms). */
interface Place {
  id: string;
  state: JobState;
  at: number | null;
}

interface WalkDeps {
  rules: CarryRules;
  keys: QueueKeys;
}

const PARTS: readonly [
  key: 'delayed' | 'waiting' | 'active' | 'failed' | 'succeeded',
  walk: (deps: WalkDeps) => AsyncGenerator<Finding>,
][] = [
  ['delayed', walkDelayed],
  ['waiting', (deps) => walkList(deps, 'waiting')],
  // Nothing says whether a worker holds them: those of dead ones stay there too.
  ['active', (deps) => walkList(deps, 'active')],
  ['failed', walkFailed],
  ['succeeded', walkSucceeded],
];

/** Reads a queue of bee-queue, in steps between which Redis serves others; its records are carried to the letter. */
export async function* walkBeeQueue(rules: CarryRules): AsyncGenerator<Finding> {
  const deps = { rules, keys: queueKeys(rules.prefix, rules.queue, rules.client.isCluster) };
  for (const [key, walk] of PARTS) {
    try {
      yield* walk(deps);
    } catch (error) {
      yield stays(wrongTypeOr(error), deps.keys[key]);
    }
  }
}

async function* walkDelayed(deps: WalkDeps): AsyncGenerator<Finding> {
  for await (const page of pagesOfSorted(deps.rules.client, deps.keys.delayed)) {
    yield* jobs(
      deps,
      page.map(({ id, score }) => ({ id, state: 'delayed', at: score })),
    );
  }
}

async function* walkList(deps: WalkDeps, state: 'waiting' | 'active'): AsyncGenerator<Finding> {
  for await (const ids of pagesOfList(deps.rules.client, deps.keys[state])) {
    yield* jobs(
      deps,
      ids.map((id) => ({ id, state, at: null })),
    );
  }
}

async function* walkFailed(deps: WalkDeps): AsyncGenerator<Finding> {
  for await (const ids of pagesOfSet(deps.rules.client, deps.keys.failed)) {
    yield* jobs(
      deps,
      ids.map((id) => ({ id, state: 'failed', at: null })),
    );
  }
}

async function* walkSucceeded({ rules: { client }, keys }: WalkDeps): AsyncGenerator<Finding> {
  const count = await client.scard(keys.succeeded);
  if (count > 0) yield { kind: 'left', why: 'finished', count, names: [] };
}

async function* jobs({ rules, keys }: WalkDeps, places: readonly Place[]): AsyncGenerator<Finding> {
  for await (const [place, read] of readFields(rules.client, keys.jobs, places)) {
    yield 'found' in read ? toFinding(read.found, place, rules) : stays(read.why, place.id);
  }
}

function toFinding(record: string, { id, state, at }: Place, rules: CarryRules): Finding {
  const ownId = carriedId(rules, id);
  if (!isLabel(ownId)) return stays('id', id);
  if (at !== null && !(at >= 0 && at <= LATEST_TIME_MS)) return stays('time', id);
  if (parseRecord(record) === null) return stays('data', id);
  return goes({ kind: 'job', id: ownId, state, at, record });
}

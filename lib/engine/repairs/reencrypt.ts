import { noKeyring } from '../../keyring.ts';
import { carryWhatCan } from '../links/hand-over.ts';
import { readHanded } from '../links/handed-entries.ts';
import { partCursorBehind, readPartCursor } from '../part-cursor.ts';
import { hasOldKey, type Resealed, resealParts, resealRecord, whereOpen } from '../record/reseal.ts';
import { resealSchedule } from '../schedules/schedule.ts';
import { runScript } from '../scripts.ts';
import { resealSignals } from '../signals/reseal-signals.ts';
import { type Change, type ReencryptDeps, resealedFlow } from './reencrypt-flow.ts';

/** What one step of it did. */
export interface ReencryptStep {
  /** How many were looked at: jobs, schedules, signals, and of batches and workflows what is sealed by another key. */
  looked: number;
  /** How many of them were encrypted anew by the key that encrypts now. */
  rewritten: number;
  /**
   * How many changed meanwhile, as jobs that run do, or were on their way to a queue in another slot: another walk
   * finds them, where they have arrived.
   */
  missed: number;
  /** How many cannot be decrypted here: their key is missing, or they were tampered with. */
  closed: number;
  /** Where the next step goes on; null when all was looked at. */
  cursor: string | null;
}

/** Jobs come last: all others make jobs, with what they have sealed. */
const PARTS = ['schedules', 'batches', 'workflows', 'handed', 'signals', 'jobs'] as const;
type Part = (typeof PARTS)[number];
/** About how many are looked at in one step, and how many workflows. */
const STEP = 100;
const FLOW_STEP = 10;

/**
 * Encrypts some of what a queue keeps anew, by the key that encrypts now: what is encrypted by it already stays. Each
 * step is bounded, and may be taken again. Throws ENCRYPTION_KEY_MISSING where no keys are given, JOB_INVALID for a
 * cursor that no step gave.
 */
export async function reencryptStep(deps: ReencryptDeps, cursor: string | null): Promise<ReencryptStep> {
  if (deps.keys.keyring === null) throw noKeyring(`queue ${deps.keys.queue} is to be encrypted anew`);
  const { part, at } = readPartCursor(cursor, PARTS);
  const { next, changes, missed = 0 } = await WALKS[part](deps, at);
  const step = { looked: missed, rewritten: 0, missed, closed: 0 };
  for (const change of changes) {
    step.looked++;
    const { made } = change;
    if (made === 'closed') step.closed++;
    else if (made !== 'kept') step[(await store(deps, change, made.text)) ? 'rewritten' : 'missed']++;
  }
  return { ...step, cursor: partCursorBehind(part, next, PARTS) };
}

/** Yields the step behind each cursor. */
export async function* reencryptAll(deps: ReencryptDeps): AsyncGenerator<ReencryptStep> {
  for (let cursor: string | null = null; ; ) {
    const step = await reencryptStep(deps, cursor);
    yield step;
    if (step.cursor === null) return;
    cursor = step.cursor;
  }
}

function store({ client }: ReencryptDeps, { hash, field, before }: Change, after: string): Promise<boolean> {
  return runScript(client, { script: 'swap', keys: { hash }, args: { field, before, after } });
}

type Walk = (
  deps: ReencryptDeps,
  at: string,
) => Promise<{ next: string; changes: Change[]; missed?: number }>;

const WALKS: Readonly<Record<Part, Walk>> = {
  jobs: (deps, at) =>
    scan(deps, { hash: deps.keys.jobs, at, make: (id, text) => resealRecord(deps.keys, id, text) }),
  schedules: (deps, at) => {
    const make = (name: string, text: string): Resealed =>
      name.includes(':') ? 'kept' : resealSchedule(deps.keys, text);
    return scan(deps, { hash: deps.keys.schedules, at, make });
  },
  batches: lastJobs,
  workflows: async (deps, at) => {
    const [next, pairs] = await deps.client.zscan(deps.keys.flowIndex, at, 'COUNT', FLOW_STEP);
    const changes: Change[] = [];
    for (const id of pairs.filter((_, index) => index % 2 === 0))
      changes.push(...(await resealedFlow(deps, id)));
    return { next, changes };
  },
  handed: async (deps, at) => {
    if (at === '0') await carryWhatCan(deps);
    const { entries, next } = await readHanded(deps.client, deps.keys, at);
    // What is written down in a stream cannot be changed, and is gone a minute or two after it was done.
    const old = entries.filter(({ fields }) => hasOldKey(Object.values(fields).join('\n'), deps.keys));
    return { next, changes: [], missed: old.length };
  },
  signals: (deps, at) =>
    scan(deps, { hash: deps.keys.signals, at, make: (id, text) => resealSignals(deps.keys, id, text) }),
};

async function scan(
  { client }: ReencryptDeps,
  { hash, at, make }: { hash: string; at: string; make: (field: string, text: string) => Resealed },
): Promise<{ next: string; changes: Change[] }> {
  const [next, pairs] = await client.hscan(hash, at, 'COUNT', STEP);
  const fields = pairs.filter((_, index) => index % 2 === 0);
  const changes = fields.map((field, index) => {
    const before = pairs[2 * index + 1] ?? '';
    return { hash, field, before, made: make(field, before) };
  });
  return { next, changes };
}

/** The last jobs of batches are stored in parts. */
async function lastJobs(
  { client, keys }: ReencryptDeps,
  at: string,
): Promise<{ next: string; changes: Change[] }> {
  const start = Math.min(Number(at), Number.MAX_SAFE_INTEGER - STEP);
  const ids = await client.zrange(keys.batchIndex, start, String(start + STEP - 1));
  const changes: Change[] = [];
  for (const id of ids) {
    const hash = keys.batch(id);
    const [lastId, data, tail] = await client.hmget(hash, 'lastId', 'lastData', 'tail');
    if (!lastId || !data || !tail || !hasOldKey(data + tail, keys)) continue;
    let parts = { data, tail };
    const made = whereOpen(() => {
      parts = resealParts(keys, lastId, parts);
      return { text: parts.data };
    });
    changes.push({ hash, field: 'lastData', before: data, made });
    if (made !== 'closed' && parts.tail !== tail)
      changes.push({ hash, field: 'tail', before: tail, made: { text: parts.tail } });
  }
  return { next: ids.length < STEP ? '0' : String(start + STEP), changes };
}

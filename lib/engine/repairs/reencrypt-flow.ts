import { isSealed } from '../../keyring.ts';
import type { QueueKeys } from '../keys.ts';
import { readOwn } from '../own-json.ts';
import { hasOldKey, type Resealed, resealPart, resealResult, whereOpen } from '../record/reseal.ts';
import type { RedisClient } from '../scripts.ts';

/** What sealing a queue anew works with. */
export interface ReencryptDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** A value in a hash, and what is to become of it. */
export interface Change {
  hash: string;
  field: string;
  before: string;
  made: Resealed;
}

/** A field of a workflow: of which step, by its number, and which of those of it. */
interface StepField {
  field: string;
  n: string;
  name: 'before' | 'behind' | 'result';
  text: string;
}

/** How many fields one command reads. */
const FIELDS_AT_ONCE = 200;

/**
 * Seals anew what a workflow has of its steps: their records, also of those that have started, as they may run again,
 * and what they returned. Resolves with the changes to be made.
 */
export async function resealedFlow(deps: ReencryptDeps, id: string): Promise<Change[]> {
  const hash = deps.keys.flow(id);
  const changes: Change[] = [];
  let cursor = '0';
  do {
    const [next, pairs] = await deps.client.hscan(hash, cursor, 'COUNT', FIELDS_AT_ONCE);
    const old = stepFields(pairs).filter(({ text }) => hasOldKey(text, deps.keys));
    if (old.length > 0) changes.push(...(await changesOf(deps, { id, hash }, old)));
    cursor = next;
  } while (cursor !== '0');
  return changes;
}

async function changesOf(
  { client, keys }: ReencryptDeps,
  { id, hash }: { id: string; hash: string },
  fields: readonly StepField[],
): Promise<Change[]> {
  const wanted = fields.flatMap(({ n }) => [`${n}:id`, `${n}:plan`]);
  const [names, ...facts] = await client.hmget(hash, 'names', ...wanted);
  const queues = readOwn<string[]>(names ?? '[]');
  return fields.flatMap(({ field, n: _, name, text }, at): Change[] => {
    const [job, plan] = facts.slice(2 * at, 2 * at + 2);
    if (!job || !plan) return [];
    const { queue: place, name: step } = readOwn<{ queue: number; name: string }>(plan);
    const sealing = { queue: queues[place] ?? '', keyring: keys.keyring };
    const made = whereOpen((): Resealed => {
      if (name !== 'result') return { text: resealPart(sealing, job, text) };
      return resealedResult(text, (sealed) => {
        return resealResult(sealing, { queue: keys.queue, id, step }, sealed);
      });
    });
    return [{ hash, field, before: text, made }];
  });
}

/** A result stands behind the name of its step. */
function resealedResult(text: string, reseal: (sealed: string) => string): Resealed {
  const [, name = '', json = ''] = /^("[^"]*":)(".*")$/s.exec(text) ?? [];
  const sealed: unknown = json === '' ? null : readOwn<unknown>(json);
  return isSealed(sealed) ? { text: `${name}"${reseal(sealed)}"` } : 'kept';
}

function stepFields(pairs: readonly string[]): StepField[] {
  return pairs.flatMap((field, at): StepField[] => {
    const [, n, name] = (at % 2 === 0 && /^(\d+):(before|behind|result)$/.exec(field)) || [];
    if (n === undefined || (name !== 'before' && name !== 'behind' && name !== 'result')) return [];
    return [{ field, n, name, text: pairs[at + 1] ?? '' }];
  });
}

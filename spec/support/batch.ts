import { type BatchRule, type BatchSaved, saveBatch } from '../../lib/engine/links/batch.ts';
import { Batches, type BatchInfo } from '../../lib/engine/links/batches.ts';
import { jobOf, type SpecEngine } from './engine.ts';

/** A batch of a spec: by default `b`, whose last job is `last`. */
export interface SpecBatch {
  id?: string;
  /** Ids of its members. */
  members: readonly string[];
  when?: BatchRule;
  lastId?: string;
}

/** The name of the queue of a spec. */
export function queueOf({ keys }: Pick<SpecEngine, 'keys'>): string {
  return keys.queue;
}

/** Stores a batch whose members and last job are in the queue of the spec. */
export function addBatch(
  { client, keys }: Pick<SpecEngine, 'client' | 'keys'>,
  { id = 'b', members, when = 'succeeded', lastId = 'last' }: SpecBatch,
): Promise<BatchSaved> {
  const queue = queueOf({ keys });
  const links = { batch: { id, queue } };
  return saveBatch(
    { client, keys },
    {
      id,
      queue,
      when,
      last: { queue, job: jobOf(lastId) },
      members: members.map((member) => ({ queue, job: jobOf(member, { member }, { links }) })),
    },
  );
}

/** What is known of a batch of the spec; null when nothing. */
export function batchOf(engine: Pick<SpecEngine, 'client' | 'keys'>, id = 'b'): Promise<BatchInfo | null> {
  return new Batches({ client: engine.client, prefix: 'bq' }).get(queueOf(engine), id);
}

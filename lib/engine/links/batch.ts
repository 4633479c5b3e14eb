import type { QueueKeys } from '../keys.ts';
import type { LinkedJob } from '../record/links.ts';
import { recordOf, sealedJob } from '../record/new-job.ts';
import type { Sealing } from '../record/private.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** When the last job of a batch is added: once all members have succeeded, or once all have ended. */
export type BatchRule = 'succeeded' | 'ended';

/** A batch to be stored, with its members written out. */
export interface BatchToSave {
  id: string;
  /** The queue of its last job. */
  queue: string;
  when: BatchRule;
  /** The last job; what the batch came to is written into it when it is added. */
  last: LinkedJob;
  members: readonly LinkedJob[];
}

/** What saving works with: `keys` are those of the queue of the last job. */
export interface BatchDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** What became of a batch that was saved. */
export type BatchSaved =
  /** Now stored whole; `added` tells of each member whether this call stored it. */
  | { outcome: 'saved'; lastId: string; added: boolean[] }
  /** Another batch has the id. */
  | { outcome: 'other' }
  /** There was no room for its next members; those before them are stored. */
  | { outcome: 'full' };

/** How many members one call stores. */
export const MEMBER_CHUNK = 250;
/** How long the counts of a batch stay once it is over, or once nobody adds to one that is not complete. */
const KEEP_MS = 86_400_000;

/**
 * Stores a batch and its members, from the first to the last, some hundred per call. One that was begun is gone on
 * with: members are passed over that are stored already.
 */
export async function saveBatch({ client, keys }: BatchDeps, batch: BatchToSave): Promise<BatchSaved> {
  const { id, when, members } = batch;
  const added = members.map(() => false);
  const last = partsOfLast(batch, keys);
  let lastId = '';
  for (let from = 0; from < members.length; ) {
    const chunk = members.slice(from, from + MEMBER_CHUNK);
    const reply = await runScript(client, {
      script: 'save-batch',
      queue: keys,
      keys: { batch: keys.batch(id) },
      args: { id, total: members.length, before: from, when, keepMs: KEEP_MS, ...last },
      ...writeMembers(chunk, keys),
    });
    if (reply.outcome === 'other' || reply.outcome === 'full') return reply;
    lastId = reply.lastId;
    if (reply.outcome === 'added') added.fill(true, from, from + chunk.length);
    from = Math.max(reply.stored, from + chunk.length);
  }
  return { outcome: 'saved', lastId, added };
}

function writeMembers(
  members: readonly LinkedJob[],
  keys: QueueKeys,
): { queues: QueueKeys[]; rest: (string | number)[] } {
  const names = [...new Set(members.map(({ queue }) => queue))];
  return {
    queues: names.map((queue) => keys.sibling(queue)),
    rest: members.flatMap(({ queue, job }) => {
      const record = recordOf(job, { queue, keyring: keys.keyring });
      return [names.indexOf(queue), job.start, job.id, record];
    }),
  };
}

type LastParts = Record<'lastId' | 'lastData' | 'lastHead' | 'lastTail' | 'lastStart', string>;

/** The last job in parts; between the two of its ending `tally.lua` writes what the batch came to. */
function partsOfLast({ id, queue, last }: BatchToSave, sealing: Sealing): LastParts {
  const job = sealedJob(last.job, sealing);
  const [begin = ''] = BEGIN.exec(job.ending) ?? [];
  const head = `${begin}"links":{"concludes":${JSON.stringify({ id, queue }).slice(0, -1)}`;
  return {
    lastId: job.id,
    lastData: job.data,
    lastHead: head,
    lastTail: job.ending.slice(begin.length),
    lastStart: job.start,
  };
}

/** How the ending of a record begins; what limits go by has to stay in front. */
const BEGIN =
  /^,"options":\{(?:"key":"(?:[^"\\]|\\.)*",)?(?:"cost":\d+,)?(?:"priority":\d,)?(?:"front":true,)?/;

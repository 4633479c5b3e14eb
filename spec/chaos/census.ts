import type { Inspector } from '../../lib/inspector/inspector.ts';
import type { RedisClient } from '../../lib/redis/connect.ts';
import { LASTING_KEYS } from './lasting-keys.ts';
import type { Remains } from './ledger.ts';
import { QUEUES } from './mix.ts';

const PAGE = 1_000;

/** Keys of a queue that stay when all of its jobs have ended: what ended, what was counted, what operators set. */
const LASTING = new RegExp(
  `:(${[
    ...LASTING_KEYS,
    ...['meta', 'schedules', 'scheduleTicks', 'firings', 'declarations', 'gathered', 'gatheredBefore'],
    ...['batchIndex', 'batch:.*', 'rates'],
  ].join('|')})$`,
);

/** Counts what waits, runs or is to come, in all queues of the mix. */
export async function countOpen(inspector: Inspector): Promise<number> {
  const queues = await Promise.all(QUEUES.map((queue) => inspector.queue(queue)));
  return queues.reduce((sum, { counts, grouped }) => {
    const { waiting, active, delayed } = counts;
    return sum + waiting + active + delayed + grouped;
  }, 0);
}

/** Reads every job that has not succeeded. */
export async function readRemains(inspector: Inspector): Promise<Remains[]> {
  const found: Remains[] = [];
  for (const queue of QUEUES) {
    for (const state of ['waiting', 'active', 'delayed', 'failed'] as const) {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await inspector.jobs(queue, { state, limit: PAGE, ...(cursor && { cursor }) });
        for (const { id, outcome, data } of page.jobs)
          found.push(...namesIn(data).map((name) => ({ name, queue, id, state, outcome })));
        cursor = page.cursor;
      }
    }
    for (const { type, name } of (await inspector.groups.list(queue)).groups) {
      const { jobs } = await inspector.groups.jobs(queue, { type, name }, { limit: PAGE });
      for (const { id, data } of jobs)
        found.push(
          ...namesIn(data).map(
            (work) => ({ name: work, queue, id, state: 'waiting', outcome: null }) as const,
          ),
        );
    }
  }
  return found;
}

/** Reads the keys that nothing needs any more once all jobs have ended and all processes have left. */
export async function readStrayKeys(client: RedisClient, prefix: string): Promise<string[]> {
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  const keys = (await Promise.all(nodes.map((node) => node.keys(`${prefix}:*`)))).flat();
  return keys.filter((key) => !LASTING.test(key)).sort();
}

/** The names of the work in the data of a job, or of a carrier. */
function namesIn(data: unknown): string[] {
  if (Array.isArray(data)) return data.flatMap((one: unknown) => namesIn(innerOf(one)));
  const name = fieldOf(data, 'name');
  return typeof name === 'string' ? [name] : [];
}

function innerOf(one: unknown): unknown {
  return fieldOf(fieldOf(one, 'job'), 'data') ?? fieldOf(one, 'data');
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, field)?.value
    : null;
}

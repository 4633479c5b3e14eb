import { Inspector } from '../../lib/inspector/inspector.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from '../support/log.ts';
import { countOpen, readRemains, readStrayKeys } from './census.ts';
import { insist, lasts } from './insist.ts';
import { keyed, LIMITS, plain, QUEUES, ticks } from './mix.ts';
import type { Operator, OperatorPlace } from './operator.ts';

const OTHER_LIMITS = [
  { ...LIMITS, concurrency: 2 },
  { ...LIMITS, fair: false },
  { ...LIMITS, perKey: { concurrency: 1, rate: { count: 20, perMs: 1_000 } } },
] as const;
const BY = 'chaos';

/** Opens the operator of ours, by its inspector and its producer. */
export function openApiary({ url, prefix }: OperatorPlace): Operator {
  const client = connect(parseRedisUrl(url), 'commands', { log: silentLog });
  const inspector = new Inspector({ client, prefix });
  const producer = new Producer({ client, prefix });
  const schedule = { name: ticks.schedule.name, queue: ticks.definition.queue };
  return {
    engine: 'apiary',
    prepare: () => inspector.limits.set(keyed.queue, LIMITS, BY),
    addBreaker: (name, how) => insist(() => producer.add(plain, { name, forMs: 0, ...how }, { id: name })),
    queueStrikes: queueStrikesOf(inspector),
    schedule,
    hasFiredSince: async (at) => {
      const [newest] = await insist(() => inspector.schedules.firings(schedule.queue, schedule.name, 1));
      return newest !== undefined && newest.tick > at;
    },
    endSchedule: () => insist(() => inspector.schedules.pause(schedule.queue, schedule.name, BY)),
    countOpen: () => insist(() => countOpen(inspector)),
    readRemains: () => readRemains(inspector),
    readStrayKeys: () => readStrayKeys(client, prefix),
    redisVersion: async () => /redis_version:(\S+)/.exec(await inspector.redisInfo())?.[1] ?? 'unknown',
    close: async () => {
      await producer.close();
      await closeClient(client);
    },
  };
}

function queueStrikesOf(inspector: Inspector): Operator['queueStrikes'] {
  return {
    queuePaused: async ({ pick, forMs }) => {
      const queue = QUEUES[Math.floor(pick * QUEUES.length)] ?? plain.queue;
      await insist(() => inspector.pause(queue, BY));
      await lasts(forMs);
      await insist(() => inspector.resume(queue));
      return null;
    },
    limitsChanged: async ({ pick, forMs }) => {
      const other = OTHER_LIMITS[Math.floor(pick * OTHER_LIMITS.length)] ?? LIMITS;
      await insist(() => inspector.limits.set(keyed.queue, other, BY));
      await lasts(forMs);
      await insist(() => inspector.limits.set(keyed.queue, LIMITS, BY));
      return null;
    },
  };
}

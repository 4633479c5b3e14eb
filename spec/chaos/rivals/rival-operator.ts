import { Redis } from 'ioredis';
import { engineRule, type QueueFault, RIVAL_QUEUE, type RivalName } from '../engines.ts';
import { lasts } from '../insist.ts';
import type { Operator, OperatorPlace } from '../operator.ts';
import type { Strike } from '../setting.ts';
import { Asker } from './asker.ts';
import { loadRival } from './load-rival.ts';

const SCHEDULE = { name: 'ticks', queue: RIVAL_QUEUE };

/** Opens the operator of another engine. */
export async function openRival(engine: RivalName, place: OperatorPlace): Promise<Operator> {
  const { url, prefix } = place;
  const rival = await loadRival(engine);
  const asker = new Asker(rival, { ...place, queue: RIVAL_QUEUE });
  const { hasSchedules, queueFaults } = engineRule(engine);
  return {
    engine,
    prepare: async () => (hasSchedules ? asker.insist((one) => one.startSchedule()) : undefined),
    addBreaker: (name, how) => asker.insist((one) => one.add({ name, forMs: 0, ...how })),
    queueStrikes: Object.fromEntries(queueFaults.map((what) => [what, changed(asker, what)])),
    schedule: hasSchedules ? SCHEDULE : null,
    hasFiredSince: async (at) => ((await asker.insist((one) => one.nextFiring())) ?? 0) > at,
    endSchedule: () => asker.insist((one) => one.endSchedule()),
    countOpen: () => asker.insist((one) => one.countOpen()),
    readRemains: () => asker.insist((one) => one.remains()),
    readStrayKeys: async () => {
      const [keys, lasting] = await Promise.all([
        ask(url, (redis) => redis.keys(`${prefix}:*`)),
        asker.insist(async (one) => one.lasting),
      ]);
      return keys.filter((key) => !lasting.test(key)).sort();
    },
    redisVersion: async () =>
      /redis_version:(\S+)/.exec(await ask(url, (redis) => redis.info('server')))?.[1] ?? 'unknown',
    close: async () => asker.close(),
  };
}

function changed(asker: Asker, what: QueueFault): Strike {
  return async ({ forMs }) => {
    await asker.insist((one) => one.change(what, true));
    await lasts(forMs);
    await asker.insist((one) => one.change(what, false));
    return null;
  };
}

function ask<Answer>(url: string, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(url);
  return question(redis).finally(() => redis.disconnect());
}

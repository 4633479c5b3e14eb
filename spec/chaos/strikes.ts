import type { Inspector } from '../../lib/inspector/inspector.ts';
import type { Producer } from '../../lib/jobs/producer.ts';
import { insist, lasts } from './insist.ts';
import { keyed, LIMITS, plain, QUEUES } from './mix.ts';
import { movedMs } from './moved-ms.ts';
import type { Setting, Strike } from './setting.ts';

/** Who can change queues, and add jobs that break their workers. */
export interface Operator {
  inspector: Inspector;
  producer: Producer;
}

const OTHER_LIMITS = [
  { ...LIMITS, concurrency: 2 },
  { ...LIMITS, fair: false },
  { ...LIMITS, perKey: { concurrency: 1, rate: { count: 20, perMs: 1_000 } } },
] as const;
const BY = 'chaos';

/** What can be done to processes and queues, whatever Redis is. */
export function companyStrikes(
  { inspector, producer }: Operator,
  canMoveClocks: boolean,
): Setting['strikes'] {
  let broken = 0;
  const addBreaker = (how: { blocksForMs: number } | { exits: true }): Promise<unknown> => {
    const name = `breaker-${++broken}`;
    return insist(() => producer.add(plain, { name, forMs: 0, ...how }, { id: name }));
  };
  return {
    ...(canMoveClocks ? { workerClockMoved } : {}),
    workerKilled: async ({ pick }, company) => [company.signal('worker', 'SIGKILL', pick)],
    workerReplaced: async ({ pick }, company) => [company.signal('worker', 'SIGTERM', pick)],
    producerKilled: async ({ pick }, company) => [company.signal('producer', 'SIGKILL', pick)],
    workerStopped: async ({ pick, forMs }, company) => {
      const pid = company.signal('worker', 'SIGSTOP', pick);
      await lasts(forMs);
      company.signalTo(pid, 'SIGCONT');
      return [pid];
    },
    loopBlocked: async ({ forMs }) => {
      await addBreaker({ blocksForMs: forMs });
      await lasts(forMs);
      return 'told';
    },
    exitInHandler: async () => {
      await addBreaker({ exits: true });
      return 'told';
    },
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

const workerClockMoved: Strike = async ({ pick, forMs }, company) => {
  const pids = company.moveClock(movedMs(pick), pick);
  await lasts(forMs);
  company.moveClock(0, pick);
  return pids;
};

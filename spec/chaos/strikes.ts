import { lasts } from './insist.ts';
import { movedMs } from './moved-ms.ts';
import type { Breaking, Operator } from './operator.ts';
import type { Setting, Strike } from './setting.ts';

/** What can be done to processes and queues, whatever Redis is. */
export function companyStrikes(operator: Operator, canMoveClocks: boolean): Setting['strikes'] {
  let broken = 0;
  const addBreaker = (how: Breaking): Promise<unknown> => operator.addBreaker(`breaker-${++broken}`, how);
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
    ...operator.queueStrikes,
  };
}

const workerClockMoved: Strike = async ({ pick, forMs }, company) => {
  const pids = company.moveClock(movedMs(pick), pick);
  await lasts(forMs);
  company.moveClock(0, pick);
  return pids;
};

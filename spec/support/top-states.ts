import type { TopFacts } from '../../lib/cli/top/facts.ts';
import { FIRST_STATE, type TopState, withFacts, withNames } from '../../lib/cli/top/state.ts';
import type { JobInfo } from '../../lib/inspector/inspector.ts';

/** Names as nobody should give them, for what is shown of them. */
export const AWKWARD = [
  '\u001b[2J\u009b',
  '日本語',
  '\ud800',
  'e\u0301'.repeat(50),
  '🔥👩‍👩‍👧',
  'x'.repeat(5_000),
  '\n\t',
  '',
  '\u202e',
];

/** Facts about these queues, with a running job and some failures in each. */
export function factsOf(names: readonly string[]): TopFacts {
  return {
    queues: new Map(names.map((name) => [name, queueOf(name)])),
    unreadable: new Map([['broken', 'the key bq:broken:jobs holds a string']]),
    workers: [
      {
        id: 'w1',
        worker: 'web-1:7',
        status: 'running',
        version: '0.2.0',
        startedAt: 1_000,
        queues: names,
        runs: names.length,
        slots: 10,
      },
    ],
    running: names.map((queue, at) => ({
      queue,
      id: `job-${at}`,
      type: 'email.send',
      startedAt: at,
      isStuck: at === 0,
      worker: 'web-1:7',
    })),
    failures: names.map((queue) => ({
      ...{ queue, type: 'email.send', fingerprint: 'f1', message: 'no such card', count: 3 },
      ...{ newestAt: 5_000, newestId: 'job-9', state: 'open' as const, mark: null, isMore: false },
    })),
  };
}

/** The view as it is when these queues are known. */
export function stateOf(names: readonly string[]): TopState {
  return withFacts(withNames(FIRST_STATE, names), factsOf(names));
}

/** A job that has failed. */
export function failedJob(queue: string, id: string): JobInfo {
  // Only what the keys look at.
  return { queue, id, state: 'failed' } as JobInfo;
}

function queueOf(name: string) {
  const counts = { waiting: 1, active: 2, delayed: 3, succeeded: 4, failed: 5 };
  return {
    ...{ name, counts, latencyMs: 65_000, overdueMs: 0, paused: null, grouped: 0 },
    ...{ processedToday: 9, failedToday: 1, inPerMin: 1.5, outPerMin: null },
  };
}

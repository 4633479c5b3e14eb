import { Counter, type Registry } from 'prom-client';
import type { WorkerStatus } from '../../inspector/inspector.ts';
import { createGauge, show } from './gauge.ts';

/** The worker of this process, as far as it is told of. */
export interface OwnWorker {
  /** Jobs in flight at most. */
  readonly slots: number;
  /** How many jobs it runs. */
  readonly running: number;
  /** Null while it has not started. */
  readonly status: WorkerStatus | 'connecting' | null;
}

/** What is told of the worker of this process. */
export interface OwnWorkerMetrics {
  /** Says which it is. */
  watch(worker: OwnWorker): void;
  /** Counts that Redis failed a duty. */
  dutyFailed(duty: string): void;
  /** Shows how the worker is; nothing where there is none. */
  show(): void;
}

/** Registers what is told of the worker of this process. */
export function registerOwnWorker(registry: Registry): OwnWorkerMetrics {
  const slots = createGauge(registry, 'worker_slots', 'Jobs that this worker runs at most.');
  const running = createGauge(registry, 'worker_running_jobs', 'Jobs that this worker runs.');
  const taking = createGauge(registry, 'worker_taking', 'Whether this worker takes jobs.');
  const failures = new Counter({
    name: 'apiary_worker_duty_failures_total',
    help: 'How often Redis failed a duty of this worker.',
    labelNames: ['duty'],
    registers: [registry],
  });
  let watched: OwnWorker | null = null;
  return {
    watch: (worker) => {
      watched = worker;
    },
    dutyFailed: (duty) => failures.inc({ duty }),
    show: () => {
      show(slots, watched?.slots);
      show(running, watched?.running);
      show(taking, watched && watched.status === 'running');
    },
  };
}

import type { Feature } from './evidence.ts';
import type { FaultKind } from './fault-kinds.ts';

/** What of its queues can be changed and changed back. */
export type QueueFault = 'queuePaused' | 'limitsChanged';

/** What a job system can take part in. */
export interface EngineRule {
  /** The package whose version is on trial; null: this checkout. */
  package: string | null;
  /** Its processes, by their paths from the project's folder. */
  programs: { worker: string; producer: string };
  /** What of the mix it has; the rest is left out, and the certificate says so. */
  features: readonly Feature[];
  hasSchedules: boolean;
  queueFaults: readonly QueueFault[];
  /** The fault that moves the clock by which its delayed jobs are due. */
  dueBy: FaultKind;
}

const RIVAL_PROGRAMS = {
  worker: 'spec/chaos/rivals/rival-worker.ts',
  producer: 'spec/chaos/rivals/rival-producer.ts',
} as const;

/** Every job system that can be on trial, in one closed table. */
export const ENGINES = {
  apiary: {
    package: null,
    programs: { worker: 'spec/chaos/worker-process.ts', producer: 'spec/chaos/producer-process.ts' },
    features: [
      ...(['plain', 'delayed', 'retrying', 'snoozing', 'once', 'unique', 'keyed', 'grouped'] as const),
      ...(['following', 'chain', 'batch', 'stock'] as const),
    ],
    hasSchedules: true,
    queueFaults: ['queuePaused', 'limitsChanged'],
    dueBy: 'clockMoved',
  },
  'bee-queue': {
    package: 'bee-queue',
    programs: RIVAL_PROGRAMS,
    features: ['plain', 'delayed', 'retrying'],
    hasSchedules: false,
    queueFaults: [],
    dueBy: 'workerClockMoved',
  },
  bullmq: {
    package: 'bullmq',
    programs: RIVAL_PROGRAMS,
    features: ['plain', 'delayed', 'retrying', 'snoozing', 'unique', 'chain', 'batch'],
    hasSchedules: true,
    queueFaults: ['queuePaused', 'limitsChanged'],
    dueBy: 'workerClockMoved',
  },
} as const satisfies Record<string, EngineRule>;

/** The name of a job system. */
export type EngineName = keyof typeof ENGINES;

/** The one queue of an engine that is not ours. */
export const RIVAL_QUEUE = 'plain';

/** One that is not ours. */
export type RivalName = Exclude<EngineName, 'apiary'>;

/** The rule of a job system. */
export function engineRule(name: EngineName): EngineRule {
  return ENGINES[name];
}

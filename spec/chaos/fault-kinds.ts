import { namesOf } from '../../lib/names-of.ts';

export const TOPOLOGIES = ['standalone', 'sentinel', 'cluster'] as const;
export const DURABILITIES = ['everysec', 'always'] as const;

/** How Redis is set up. */
export type Topology = (typeof TOPOLOGIES)[number];

/** When Redis writes what it acknowledges to the disk: each second, or before it answers. */
export type Durability = (typeof DURABILITIES)[number];

/**
 * What a fault can do to attempts, and so which repeats it can explain:
 * - `process`: ends the process; whatever ran there is cut off;
 * - `departure`: ends the process in order; cuts off when Redis is away for as long as the process is patient;
 * - `contact`: keeps a process from Redis; cuts off when that lasts as long as a lease;
 * - `memory`: lets Redis forget the last second of what it acknowledged, unless it is `always` on disk and stands alone;
 * - `clock`: moves the clock of Redis, so what is due by it may begin early; cuts nothing off;
 * - `outage`: keeps everybody from Redis; explains nothing by itself, since nobody can judge a lease meanwhile;
 * - `nothing`: no attempt may be cut off by it.
 */
export type Harm = 'process' | 'departure' | 'contact' | 'memory' | 'clock' | 'outage' | 'nothing';

/** What a fault is. */
export interface FaultRule {
  /** In words for the certificate. */
  says: string;
  /** What it is done to; two at the same time are done to different things. */
  to: 'worker' | 'producer' | 'redis' | 'wire' | 'queue';
  on: readonly Topology[];
  /** How long it lasts, from and to; the same moment twice where it has no duration. */
  forMs: readonly [number, number];
  harm: Harm;
  /** How long its effects go on after its end; default 0. */
  echoMs?: number;
}

const MOMENT = [0, 0] as const;
const ALONE = ['standalone'] as const;
const REPLICATED = ['sentinel', 'cluster'] as const;

/** Every fault, in one closed table. */
export const FAULTS = {
  workerKilled: { says: 'a worker killed', to: 'worker', on: TOPOLOGIES, forMs: MOMENT, harm: 'process' },
  workerStopped: {
    says: 'a worker stopped where it was',
    to: 'worker',
    on: TOPOLOGIES,
    forMs: [2_000, 25_000],
    harm: 'contact',
  },
  workerReplaced: {
    says: 'a worker replaced in order',
    to: 'worker',
    on: TOPOLOGIES,
    forMs: MOMENT,
    harm: 'departure',
  },
  loopBlocked: {
    says: 'a loop blocked by a handler',
    to: 'worker',
    on: TOPOLOGIES,
    forMs: [1_000, 15_000],
    harm: 'contact',
  },
  exitInHandler: {
    says: 'a process ended by a handler',
    to: 'worker',
    on: TOPOLOGIES,
    forMs: MOMENT,
    harm: 'process',
  },
  producerKilled: {
    says: 'a producer killed',
    to: 'producer',
    on: TOPOLOGIES,
    forMs: MOMENT,
    harm: 'nothing',
  },
  redisKilled: {
    says: 'Redis killed and started again',
    to: 'redis',
    on: ALONE,
    forMs: [300, 15_000],
    harm: 'memory',
  },
  redisLoading: {
    says: 'Redis killed, and long in loading',
    to: 'redis',
    on: ALONE,
    forMs: [1_000, 10_000],
    harm: 'memory',
  },
  redisStopped: {
    says: 'Redis stopped where it was',
    to: 'redis',
    on: ALONE,
    forMs: [1_000, 30_000],
    harm: 'outage',
  },
  redisFull: { says: 'Redis full', to: 'redis', on: ALONE, forMs: [1_000, 15_000], harm: 'outage' },
  redisReplica: {
    says: 'Redis made a replica',
    to: 'redis',
    on: ALONE,
    forMs: [500, 10_000],
    harm: 'outage',
  },
  passwordChanged: {
    says: 'the password changed, and back',
    to: 'redis',
    on: ALONE,
    forMs: [500, 10_000],
    harm: 'outage',
  },
  clockMoved: {
    says: 'the clock of Redis moved by up to two minutes, and back',
    to: 'redis',
    on: ALONE,
    forMs: [2_000, 12_000],
    harm: 'clock',
    echoMs: 1_000,
  },
  workerClockMoved: {
    says: 'the clock of a worker moved by up to two minutes, and back',
    to: 'worker',
    on: TOPOLOGIES,
    forMs: [2_000, 12_000],
    harm: 'nothing',
  },
  scriptsForgotten: {
    says: 'the scripts forgotten',
    to: 'redis',
    on: TOPOLOGIES,
    forMs: MOMENT,
    harm: 'nothing',
  },
  wireCut: {
    says: 'connections cut in the middle of a message',
    to: 'wire',
    on: ALONE,
    forMs: [200, 2_000],
    harm: 'nothing',
  },
  repliesLost: {
    says: 'replies lost',
    to: 'wire',
    on: ALONE,
    forMs: [200, 3_000],
    harm: 'contact',
    echoMs: 2_000,
  },
  wireHalfOpen: {
    says: 'connections half open',
    to: 'wire',
    on: ALONE,
    forMs: MOMENT,
    harm: 'contact',
    echoMs: 12_000,
  },
  wireHangs: {
    says: 'connections that hang',
    to: 'wire',
    on: ALONE,
    forMs: [500, 14_000],
    harm: 'contact',
    echoMs: 2_000,
  },
  wireDelayed: {
    says: 'everything late on the wire',
    to: 'wire',
    on: ALONE,
    forMs: [1_000, 8_000],
    harm: 'nothing',
  },
  wireTrickles: {
    says: 'a byte at a time',
    to: 'wire',
    on: ALONE,
    forMs: [500, 4_000],
    harm: 'nothing',
  },
  queuePaused: {
    says: 'a queue paused',
    to: 'queue',
    on: TOPOLOGIES,
    forMs: [500, 4_000],
    harm: 'nothing',
  },
  limitsChanged: {
    says: 'limits changed',
    to: 'queue',
    on: TOPOLOGIES,
    forMs: [500, 4_000],
    harm: 'nothing',
  },
  primaryKilled: {
    says: 'a primary killed',
    to: 'redis',
    on: REPLICATED,
    forMs: [8_000, 12_000],
    harm: 'memory',
    // Until everybody has heard of it, the old one goes on to acknowledge.
    echoMs: 1_000,
  },
  primaryStopped: {
    says: 'a primary stopped where it was',
    to: 'redis',
    on: REPLICATED,
    forMs: [8_000, 12_000],
    harm: 'memory',
    // Until everybody has heard of it, the old one goes on to acknowledge.
    echoMs: 1_000,
  },
  failoverAsked: {
    says: 'a failover asked for',
    to: 'redis',
    on: ['sentinel'],
    forMs: [4_000, 6_000],
    harm: 'memory',
    // Until everybody has heard of it, the old one goes on to acknowledge.
    echoMs: 1_000,
  },
  // While some keys of a queue are here and some there, Redis answers its scripts with TRYAGAIN.
  slotsMoved: {
    says: 'slots of busy queues moved',
    to: 'redis',
    on: ['cluster'],
    forMs: MOMENT,
    harm: 'outage',
  },
  nodeAdded: {
    says: 'a node added, given slots and removed',
    to: 'redis',
    on: ['cluster'],
    forMs: [2_000, 6_000],
    harm: 'outage',
  },
} as const satisfies Record<string, FaultRule>;

/** The name of a fault. */
export type FaultKind = keyof typeof FAULTS;

/** The names of all faults. */
export const FAULT_KINDS: readonly FaultKind[] = namesOf(FAULTS);

/** The rule of a fault, with what the table leaves out. */
export function ruleOf(kind: FaultKind): Required<FaultRule> {
  const rule: FaultRule = FAULTS[kind];
  return { echoMs: 0, ...rule };
}

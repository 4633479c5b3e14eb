import { type Clock, systemClock } from '../../clock.ts';
import type { WorkerInfo } from '../../inspector/inspector.ts';
import { Recent } from '../../recent.ts';
import { type DecayingMean, withMeasured } from './decaying-mean.ts';
import { workersOf } from './live-workers.ts';
import type { QueueLoad } from './queue-load.ts';
import type { Demand } from './recommendation.ts';

/** What demand is reckoned with. */
export interface DemandDeps {
  clock?: Clock;
  /** The slots that a worker is taken to have while none is alive to say; default 10. */
  slots?: number;
}

const DEFAULT_SLOTS = 10;
/** As old on average as the jobs of the five minutes that the rates are of. */
const DECAY_MS = 150_000;

/** Of how many queues it is kept how many slots were busy: anybody may ask for a queue of any name. */
const MOST_KEPT = 1_000;

/**
 * Reckons what each queue asks of its workers; keeps from look to look how many slots were busy, as one look is by
 * chance.
 */
export class Demands {
  readonly #clock: Clock;
  readonly #slots: number;
  readonly #busy = new Recent<string, DecayingMean>(MOST_KEPT);

  constructor({ clock = systemClock, slots = DEFAULT_SLOTS }: DemandDeps = {}) {
    this.#clock = clock;
    this.#slots = slots;
  }

  /** Takes into account what was seen of a queue and of the live workers just now, and tells its demand. */
  of(queue: QueueLoad, workers: readonly WorkerInfo[]): Demand {
    const { name } = queue;
    const { taking, slotsEach, busy: value } = workersOf(name, workers);
    const measured = { value, at: this.#clock.elapsed() };
    const mean = withMeasured(this.#busy.get(name), measured, DECAY_MS);
    this.#busy.set(name, mean);
    const serving = { workers: taking, slotsEach: slotsEach ?? this.#slots, busySlots: mean.value };
    return { ...loadOf(queue), ...serving };
  }
}

type Load = Omit<Demand, 'workers' | 'slotsEach' | 'busySlots'>;

function loadOf({ counts, grouped, paused, rates, isScheduled, limits }: QueueLoad): Load {
  const { concurrency, rate } = limits;
  return {
    waiting: counts.waiting,
    isExpecting: counts.delayed + grouped > 0 || isScheduled,
    isPaused: paused !== null,
    inPerMin: rates.inPerMin,
    outPerMin: rates.outPerMin,
    mostRunning: concurrency ?? null,
    // A job takes a token at least.
    mostPerMin: rate ? (60_000 * rate.count) / rate.perMs : null,
  };
}

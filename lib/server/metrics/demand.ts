import type { Clock } from '../../clock.ts';
import { type DecayingMean, withMeasured } from './decaying-mean.ts';
import { workersOf } from './live-workers.ts';
import type { Demand } from './recommendation.ts';
import type { Seen, SeenQueue } from './seen.ts';

/** What demand is reckoned with. */
export interface DemandDeps {
  clock: Clock;
  /** The slots that a worker is taken to have while none is alive. */
  slots: number;
}

/** As old on average as the jobs of the five minutes that the rates are of. */
const DECAY_MS = 150_000;

/**
 * Reckons what each queue asks of its workers; keeps from look to look how many slots were busy, as one look is by
 * chance.
 */
export class Demands {
  readonly #deps: DemandDeps;
  #busy = new Map<string, DecayingMean>();

  constructor(deps: DemandDeps) {
    this.#deps = deps;
  }

  /** Takes what was seen just now into account, and tells the demand of every queue in it. */
  of({ queues, workers }: Seen): Map<string, Demand> {
    const at = this.#deps.clock.elapsed();
    const busy = new Map<string, DecayingMean>();
    const demands = queues.map((queue): [string, Demand] => {
      const { name } = queue;
      const { taking, slotsEach, busy: value } = workersOf(name, workers);
      const mean = withMeasured(this.#busy.get(name), { value, at }, DECAY_MS);
      busy.set(name, mean);
      const serving = { workers: taking, slotsEach: slotsEach ?? this.#deps.slots, busySlots: mean.value };
      return [name, { ...loadOf(queue), ...serving }];
    });
    this.#busy = busy;
    return new Map(demands);
  }
}

type Load = Omit<Demand, 'workers' | 'slotsEach' | 'busySlots'>;

function loadOf({ counts, grouped, paused, rates, isScheduled, limits }: SeenQueue): Load {
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

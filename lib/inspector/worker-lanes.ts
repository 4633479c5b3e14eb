import { type Clock, NEVER } from '../clock.ts';
import {
  type AttemptEnd,
  askForLanes,
  type EndedAttempt,
  type KeptLanes,
  readLanes,
} from '../engine/queries/kept-lanes.ts';
import type { PresenceDeps, WorkerInfo } from '../engine/queries/presence.ts';
import { findWorkers } from './find-workers.ts';

export { ATTEMPT_ENDS, type AttemptEnd, CELL_MS } from '../engine/queries/kept-lanes.ts';

/** An attempt that took a slot of a worker, and may go on. Times are epoch ms by Redis's clock. */
export interface LaneAttempt {
  /** Queue, id and type; all null where that queue may not be seen by who asks. */
  queue: string | null;
  id: string | null;
  type: string | null;
  startedAt: number;
  /** Null as long as it runs. */
  endedAt: number | null;
  /** How it ended; `running` as long as it has not, and null where that may not be seen. */
  end: AttemptEnd | 'running' | null;
  /** When its handler was told to stop, if it goes on half a minute later. */
  stuckSince?: number;
  /** Since when it blocks the event loop of its worker, if it does for over three seconds. */
  blockedSince?: number;
}

/** What all slots of a worker did within five seconds; counts are null where they may not be seen. */
export interface LaneCell {
  /** When they begin, epoch ms by Redis's clock. */
  at: number;
  /** For how long slots were taken, all together, by attempts that have ended. */
  busyMs: number;
  succeeded: number | null;
  /** Attempts that failed, whether the job is tried again or not. */
  failed: number | null;
  /** All others: put off, interrupted, fenced. */
  others: number | null;
}

/** What the slots of a live worker did in the last five minutes. */
export interface WorkerLanes {
  worker: WorkerInfo;
  /** When it told of what has ended, epoch ms by Redis's clock; null where it told nothing in time. */
  at: number | null;
  /** Whether it told just now; one that is blocked, hangs or is of an older version does not. */
  isFresh: boolean;
  /** For each five seconds how long slots were taken, from the oldest to the newest. */
  cells: LaneCell[];
  /** From when on all attempts are listed, epoch ms; 0 for all. Before it only some that took long are. */
  allSince: number;
  /** From when on all are listed that took a quarter of a second or more; 0 for all. */
  longSince: number;
  /** What runs first, then what ended, the newest first: 200 and 500 at most. */
  attempts: LaneAttempt[];
}

/** What looking at lanes works with. */
export interface LanesDeps extends PresenceDeps {
  clock: Clock;
}

/** What was told within that time is not asked for again, however many look. */
const FRESH_MS = 2_000;
/** How long an answer is waited for: one that lives gives it within some ms. */
const ANSWER_LIMIT_MS = 400;
const LOOK_MS = 10;
/** How many workers are looked at at once. */
const MOST_WORKERS = 32;

/**
 * Looks at what the slots of live workers did in the last minutes, `inspector.workerLanes`. Workers remember it in
 * memory and tell it when they are asked: where nobody looks, nothing is sent.
 */
export class WorkerLanesInspector {
  readonly #deps: LanesDeps;

  constructor(deps: LanesDeps) {
    this.#deps = deps;
  }

  /**
   * Reads what the slots of workers did: `which` is the id of one, its `host:pid`, that of the parent of several, or a
   * host, of which 32 workers are read at most. Rejects with WORKER_NOT_FOUND where no live worker is meant.
   */
  async read(which: string): Promise<WorkerLanes[]> {
    const asked = (await findWorkers(this.#deps, which)).slice(0, MOST_WORKERS);
    const told = await Promise.all(asked.map((worker) => this.#told(worker)));
    // What runs is of the same moment as what ended.
    const now = await findWorkers(this.#deps, which).catch(() => asked);
    return asked.map((before, at) => {
      const worker = now.find(({ id }) => id === before.id) ?? before;
      return lanesOf(worker, told[at] ?? null);
    });
  }

  /** Waits for what a worker tells, as long as it may take; then what it told before is all that there is. */
  async #told({ id, blockedSince }: WorkerInfo): Promise<Told | null> {
    const { clock } = this.#deps;
    const before = await readLanes(this.#deps, id);
    if (before !== null && before.ageMs < FRESH_MS) return { lanes: before.lanes, isFresh: true };
    const stale = before && { lanes: before.lanes, isFresh: false };
    // Who may only read gets what others have asked for.
    const isAsked = await askForLanes(this.#deps, [id]).then(
      () => true,
      () => false,
    );
    if (!isAsked || blockedSince !== undefined) return stale;
    const until = clock.elapsed() + ANSWER_LIMIT_MS;
    while (clock.elapsed() < until) {
      await clock.sleep(LOOK_MS, NEVER);
      const found = await readLanes(this.#deps, id);
      if (found !== null && found.ageMs < FRESH_MS) return { lanes: found.lanes, isFresh: true };
    }
    return stale;
  }
}

interface Told {
  lanes: KeptLanes;
  isFresh: boolean;
}

function lanesOf(worker: WorkerInfo, told: Told | null): WorkerLanes {
  const { at = null, cells = [], allSince = 0, longSince = 0, attempts = [] } = told?.lanes ?? {};
  const running = runningOf(worker);
  const runs = new Set(running.map(keyOf));
  // One that lingers runs still, although its attempt has ended.
  const ended = attempts.filter((one) => !runs.has(keyOf(one)));
  return {
    ...{ worker, at, isFresh: told?.isFresh ?? false, cells, allSince, longSince },
    attempts: [...running, ...ended],
  };
}

function runningOf({ running, blockedBy, blockedSince }: WorkerInfo): LaneAttempt[] {
  return running.map(({ queue, id, type, startedAt, stuckSince }) => {
    const isBlocking = blockedBy?.queue === queue && blockedBy.id === id;
    return {
      ...{ queue, id, type, startedAt, endedAt: null, end: 'running' },
      ...(stuckSince !== undefined && { stuckSince }),
      ...(isBlocking && blockedSince !== undefined && { blockedSince }),
    };
  });
}

function keyOf({ queue, id, startedAt }: LaneAttempt | EndedAttempt): string {
  return JSON.stringify([queue, id, startedAt]);
}

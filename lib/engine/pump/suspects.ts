import type { Exchange } from '../session/session.ts';
import type { ActiveJob } from './active-job.ts';

/**
 * Lets one suspect at a time run in a process: a job that was claimed by a worker that died, and may have killed it.
 * So if the process dies too, it is known which one it was. First come, first served among the lanes.
 */
export class Suspects {
  #holder: SuspectTurn | null = null;
  readonly #wanting = new Set<SuspectTurn>();

  /** Makes what a lane asks for the turn by; `wake` is called when it is worth asking again. */
  join(wake: () => void): SuspectTurn {
    return new SuspectTurn(this, wake);
  }

  /** Whether nobody has the turn. */
  get isFree(): boolean {
    return this.#holder === null;
  }

  /** Takes note whether a lane wants the turn. */
  want(turn: SuspectTurn, wants: boolean): void {
    if (wants) this.#wanting.add(turn);
    else this.#wanting.delete(turn);
  }

  /** Hands the turn to one that wants it, if nobody has it. */
  lend(turn: SuspectTurn): boolean {
    if (this.#holder || !this.#wanting.has(turn)) return false;
    this.#holder = turn;
    return true;
  }

  /** Takes it back, and wakes who wants it, the one that had it last. */
  giveBack(turn: SuspectTurn): void {
    if (this.#holder !== turn) return;
    this.#holder = null;
    for (const other of this.#wanting) if (other !== turn) other.wake();
    if (this.#wanting.has(turn)) turn.wake();
  }
}

/** What a lane does with suspects: it asks for the turn once it was told of one, and keeps it until that has ended. */
export class SuspectTurn {
  /** Says that it is worth asking again. */
  readonly wake: () => void;
  readonly #all: Suspects;
  #job: ActiveJob | null = null;

  constructor(all: Suspects, wake: () => void) {
    this.#all = all;
    this.wake = wake;
  }

  /** Whether the take that is sent now may take one. */
  ask(): boolean {
    return this.#all.lend(this);
  }

  /** Whether one could be had at once. */
  get isFree(): boolean {
    return this.#all.isFree;
  }

  /** The take was answered by these jobs: a suspect is among them or not, and there are others or not. */
  answered(
    asked: boolean,
    { suspect, leavesSuspects }: Pick<Exchange, 'suspect' | 'leavesSuspects'>,
    jobs: readonly ActiveJob[],
  ): void {
    this.#all.want(this, leavesSuspects);
    if (!asked) return;
    const job = suspect === null ? undefined : jobs.find(({ id }) => id === suspect);
    if (job) this.#job = job;
    else this.#all.giveBack(this);
  }

  /** The take failed. */
  failed(asked: boolean): void {
    if (asked) this.#all.giveBack(this);
  }

  /** A job has ended here, or will never begin. */
  over(job: ActiveJob): void {
    if (job !== this.#job) return;
    // One whose handler outlives it may still end the process.
    if (job.lingering) void job.lingering.then(() => this.#giveBack(job));
    else this.#giveBack(job);
  }

  #giveBack(job: ActiveJob): void {
    if (job !== this.#job) return;
    this.#job = null;
    this.#all.giveBack(this);
  }

  /** The lane lost all that it held: what runs goes on to its end. */
  lost(): void {
    if (this.#job && !this.#job.isRunning) this.over(this.#job);
  }

  /** The lane ends. */
  leave(): void {
    this.#job = null;
    this.#all.want(this, false);
    this.#all.giveBack(this);
  }
}

/** That of this process: whichever of its workers runs a job that kills it, all die. */
export const processSuspects = new Suspects();

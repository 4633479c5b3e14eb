import { randomBytes } from 'node:crypto';
import { OWN_MARK } from './process-mark.ts';

/** Told of the leases of a session, under the names of its incarnations. */
export interface LeaseBook {
  held(incarnation: string): void;
  left(incarnation: string): void;
}

/** What the name of an incarnation tells, as far as it does: those of earlier versions tell less. */
export interface IncarnationFacts {
  /** How long its lease is. */
  leaseMs: number | null;
  /** Of which process it is, see {@link hasEnded}; empty where that is not known. */
  mark: string;
}

/**
 * The name under which a session holds its jobs: never used again once its lease is lost. It tells the process, so that
 * others of that machine see when it has ended. It ends with how long the lease is, so that whoever finds one that ends
 * later than it can knows that Redis's clock was set back.
 */
export class Incarnation {
  readonly #leaseMs: number;
  readonly #book: LeaseBook | null;
  #name: string;
  #hasJoined = false;

  /** `book` is told of its leases; default nobody. */
  constructor(leaseMs: number, book: LeaseBook | null = null) {
    this.#leaseMs = leaseMs;
    this.#book = book;
    this.#name = newName(leaseMs);
  }

  get name(): string {
    return this.#name;
  }

  /** Whether it has a lease, as far as Redis has told. */
  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  /** Redis has made its lease, or kept it. */
  joined(): void {
    if (this.#hasJoined) return;
    this.#hasJoined = true;
    this.#book?.held(this.#name);
  }

  /** Its lease has ended. */
  left(): void {
    if (!this.#hasJoined) return;
    this.#hasJoined = false;
    this.#book?.left(this.#name);
  }

  /** Goes on under a new name. */
  renew(): void {
    this.left();
    this.#name = newName(this.#leaseMs);
  }
}

/** Reads the name of an incarnation. */
export function factsOf(name: string): IncarnationFacts {
  const [, mark = '', leaseMs] = NAME.exec(name) ?? [];
  return { mark, leaseMs: leaseMs === undefined ? null : Number(leaseMs) };
}

const NAME = /^[\w-]+(?:\.([\w-]+))?\.(\d+)$/;

function newName(leaseMs: number): string {
  return [randomBytes(9).toString('base64url'), ...(OWN_MARK ? [OWN_MARK] : []), Math.ceil(leaseMs)].join(
    '.',
  );
}

/** How the outbox in a database stands. */
export interface SeenOutbox {
  /** How many rows wait to be sent. */
  rows: number;
  /** How long the oldest of them has waited, in ms. */
  lagMs: number;
  /** How many rows could not be sent and were set aside. */
  aside: number;
}

/** Looks at it; null in a process that knows of none. */
export type OutboxLook = (() => Promise<SeenOutbox>) | null;

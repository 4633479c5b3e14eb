import type { PostgresConnection, PostgresPool } from './postgres.ts';

/** One connection of a pool, kept for as long as it holds. */
export class HeldConnection {
  readonly #pool: PostgresPool;
  /** Called when the connection is lost while nothing is asked over it. */
  readonly #onLost: () => void;
  #held: { connection: PostgresConnection; end: (isBroken: boolean) => void } | null = null;

  constructor(pool: PostgresPool, onLost: () => void = () => {}) {
    this.#pool = pool;
    this.#onLost = onLost;
  }

  /** Whether there is one. */
  get isOpen(): boolean {
    return this.#held !== null;
  }

  /** The connection, taken out of the pool where there is none; `prepare` is told of each that is new. */
  async get(
    prepare: (connection: PostgresConnection) => Promise<void> = async () => {},
  ): Promise<PostgresConnection> {
    if (this.#held) return this.#held.connection;
    const connection = await this.#pool.connect();
    // Without a listener the error of one that is lost would end the process.
    const onLost = (): void => {
      this.drop();
      this.#onLost();
    };
    connection.on('error', onLost);
    connection.on('end', onLost);
    const end = (isBroken: boolean): void => {
      connection.removeListener('end', onLost);
      connection.release(isBroken);
      // A second error of the same loss may follow.
      if (!isBroken) connection.removeListener('error', onLost);
    };
    this.#held = { connection, end };
    try {
      await prepare(connection);
    } catch (error) {
      this.drop();
      throw error;
    }
    return connection;
  }

  /** Closes it: what it was in the midst of, the database undoes. Harmless twice. */
  drop(): void {
    const held = this.#held;
    this.#held = null;
    held?.end(true);
  }

  /** Gives it back to the pool. Harmless twice. */
  release(): void {
    const held = this.#held;
    this.#held = null;
    held?.end(false);
  }
}

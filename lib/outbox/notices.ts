import type { Clock } from '../clock.ts';
import { HeldConnection } from './held-connection.ts';
import type { PostgresConnection, PostgresPool } from './postgres.ts';
import type { TableNames } from './table-names.ts';

/** What listening works with. */
export interface NoticesDeps {
  pool: PostgresPool;
  names: TableNames;
  clock: Clock;
  /** Called when there may be new rows. */
  onRows: () => void;
  /** Told why it could not listen; it tries again. */
  onTrouble: (error: unknown) => void;
}

/** How long it waits until it tries again, in ms: where it could not listen, and where it was cut off. */
const RETRY_MS = 1_000;
const AGAIN_MS = 100;

/** Listens for the notices that the database sends of new rows, over a connection of its own. */
export class Notices {
  readonly #deps: NoticesDeps;
  readonly #ended = new AbortController();
  readonly #held: HeldConnection;
  #lost = new AbortController();
  #running: Promise<void> | null = null;

  constructor(deps: NoticesDeps) {
    this.#deps = deps;
    this.#held = new HeldConnection(deps.pool, () => this.#lost.abort());
  }

  /** Starts; harmless twice. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends; resolves when the connection is closed. */
  async stop(): Promise<void> {
    this.#ended.abort();
    this.#lost.abort();
    await this.#running;
    // It listens, so nobody else may get it.
    this.#held.drop();
  }

  async #run(): Promise<void> {
    const { clock, onRows, onTrouble } = this.#deps;
    while (!this.#ended.signal.aborted) {
      this.#lost = new AbortController();
      try {
        await this.#held.get((connection) => this.#listen(connection));
        // What committed while nobody listened.
        onRows();
        await untilAborted(this.#lost.signal, this.#ended.signal);
        await clock.sleep(AGAIN_MS, this.#ended.signal);
      } catch (error) {
        onTrouble(error);
        await clock.sleep(RETRY_MS, this.#ended.signal);
      }
    }
  }

  async #listen(connection: PostgresConnection): Promise<void> {
    connection.on('notification', this.#deps.onRows);
    await connection.query(`listen "${this.#deps.names.channel}"`);
  }
}

function untilAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return Promise.resolve();
  return new Promise((resolve) => any.addEventListener('abort', () => resolve(), { once: true }));
}

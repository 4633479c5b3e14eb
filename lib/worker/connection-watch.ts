import type { Clock } from '../clock.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { toldOutage } from '../engine/tell-callers.ts';
import type { Logger } from '../logger.ts';
import { addressOf } from '../redis/address.ts';
import { isReady } from '../redis/connect.ts';
import { AWAY_TEXT, BACK_TEXT, outageFacts, watchOutages } from '../redis/outages.ts';
import type { WorkerEmitter } from './events.ts';

/** What the watch works with. */
export interface ConnectionWatchDeps {
  client: RedisClient;
  events: WorkerEmitter;
  log: Logger;
  clock: Clock;
}

const ADVICE =
  'no job is taken meanwhile; see whether it runs, and whether address, password and network are right';

/** Tells when Redis goes away from a worker, and when it comes back, each once, as an event and in the log. */
export class ConnectionWatch {
  readonly #deps: ConnectionWatchDeps;
  readonly #end: () => void;
  #awaySince = 0;
  #hasConnected: boolean;

  constructor(deps: ConnectionWatchDeps) {
    this.#deps = deps;
    const { client } = deps;
    this.#hasConnected = isReady(client);
    const connected = (): void => {
      this.#hasConnected = true;
    };
    client.on('ready', connected);
    const endWatch = watchOutages(client, { away: (error) => this.#away(error), back: () => this.#back() });
    this.#end = () => {
      client.off('ready', connected);
      endWatch();
    };
  }

  /** Whether there was a connection since it was made. */
  get hasConnected(): boolean {
    return this.#hasConnected;
  }

  /** Tells no more. Harmless twice. */
  end(): void {
    this.#end();
  }

  #away(failure: Error): void {
    const { client, events, log, clock } = this.#deps;
    this.#awaySince = clock.elapsed();
    const error = toldOutage(client, failure);
    const redis = addressOf(client);
    log.warn(AWAY_TEXT, { target: redis, ...outageFacts(failure), advice: ADVICE });
    events.tell('redis:away', { redis, error });
  }

  #back(): void {
    const { client, events, log, clock } = this.#deps;
    const redis = addressOf(client);
    const awayMs = clock.elapsed() - this.#awaySince;
    log.info(BACK_TEXT, { target: redis, awayMs });
    events.tell('redis:back', { redis, awayMs });
  }
}

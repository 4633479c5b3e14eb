import { checkOptions } from '../check-options.ts';
import { durableClient, requireOneServer } from '../engine/connections.ts';
import { defineScripts } from '../engine/scripts.ts';
import { Replicas } from '../engine/store/replicas.ts';
import type { AdderDeps } from './adder.ts';
import { type Durability, durabilityOption, NotDurableError, type StoredJob } from './durability.ts';
import { JobStores } from './job-stores.ts';

/** What adds over the connection for durable adds works with. */
interface Lane {
  deps: AdderDeps;
  replicas: Replicas;
}

/**
 * The connection for the durable adds of a producer, opened by the first: Redis holds up all that comes over it while
 * replicas are waited for.
 */
export class DurableLane {
  /** Of adds that say nothing of it; null where nothing is asked. */
  readonly level: Durability | null;
  readonly #shared: AdderDeps;
  #lane: Lane | null = null;

  /** Throws CONFIG_INVALID for a level in a Redis Cluster, where it cannot be had. */
  constructor(shared: AdderDeps, level: Durability | undefined) {
    this.level = level ?? null;
    this.#shared = shared;
    if (level) this.requirePossible(level);
  }

  /** Throws CONFIG_INVALID for a level that cannot be, and for any in a Redis Cluster, where none can be had. */
  requirePossible(level: Durability): void {
    checkOptions('durability', { durability: durabilityOption }, { durability: level });
    requireOneServer(this.#shared.client);
  }

  /**
   * Adds, and resolves when as many replicas have it as the level asks for. Rejects with a {@link NotDurableError}
   * where they are fewer; with CONFIG_INVALID in a Redis Cluster.
   */
  async add<Answer>(
    level: Durability,
    add: (deps: AdderDeps) => Promise<Answer>,
    jobsOf: (answer: Answer) => readonly StoredJob[],
  ): Promise<Answer> {
    this.#lane ??= this.#open();
    const { deps, replicas } = this.#lane;
    if (level.onDisk) await replicas.requireDisk();
    const { session } = replicas;
    const answer = await add(deps);
    const jobs = jobsOf(answer);
    if (jobs.length === 0) return answer;
    const reached = await replicas.reached(level, session);
    if (reached instanceof Error) throw new NotDurableError(jobs, reached.message, reached);
    if (reached >= level.replicas) return answer;
    throw new NotDurableError(jobs, shortfall(level, reached), undefined);
  }

  /** Closes the connection, where there is one. */
  async close(): Promise<void> {
    await this.#lane?.replicas.close();
  }

  #open(): Lane {
    const client = durableClient(this.#shared.client);
    defineScripts(client);
    const stores = new JobStores(client, this.#shared.prefix, this.#shared.keyring);
    const replicas = new Replicas(client, this.#shared.clock);
    return { deps: { ...this.#shared, client, stores }, replicas };
  }
}

function shortfall({ replicas, timeoutMs, onDisk }: Durability, reached: number): string {
  if (reached < 0) return `it had not written it to its disk within ${timeoutMs} ms`;
  return `${reached} of ${replicas} replicas had it${onDisk ? ' on their disks' : ''} within ${timeoutMs} ms`;
}

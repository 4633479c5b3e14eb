import { checkOptions } from '../check-options.ts';
import { durableClient, isCluster } from '../engine/connections.ts';
import { queueKeys } from '../engine/keys.ts';
import { defineScripts } from '../engine/scripts.ts';
import { Replicas, type ReplicaWatch } from '../engine/store/replicas.ts';
import { SlotReplicas } from '../engine/store/slot-replicas.ts';
import type { AdderDeps } from './adder.ts';
import { type Durability, durabilityOption, NotDurableError, type StoredJob } from './durability.ts';
import { JobStores } from './job-stores.ts';

/** What adds over the connection for durable adds works with. */
interface Lane {
  deps: AdderDeps;
  replicas: ReplicaWatch;
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

  /** Throws CONFIG_INVALID for a level that cannot be. */
  constructor(shared: AdderDeps, level: Durability | undefined) {
    this.level = level ?? null;
    this.#shared = shared;
    if (level) this.requirePossible(level);
  }

  /** Throws CONFIG_INVALID for a level that cannot be. */
  requirePossible(level: Durability): void {
    checkOptions('durability', { durability: durabilityOption }, { durability: level });
  }

  /**
   * Adds, and resolves when as many replicas have it as the level asks for. Rejects with a {@link NotDurableError}
   * where they are fewer.
   */
  async add<Answer>(
    level: Durability,
    add: (deps: AdderDeps) => Promise<Answer>,
    jobsOf: (answer: Answer) => readonly StoredJob[],
  ): Promise<Answer> {
    this.#lane ??= this.#open();
    const { deps, replicas } = this.#lane;
    if (level.onDisk) await replicas.requireDisk();
    const beginning = replicas.begin();
    const reach = beginning instanceof Promise ? await beginning : beginning;
    const answer = await add(deps);
    const jobs = jobsOf(answer);
    if (jobs.length === 0) return answer;
    const { client, prefix, stores } = deps;
    const places = new Set(jobs.flatMap((job) => stores.placesOf(job)));
    const keys = [...places].map((place) => queueKeys(prefix, place, client.isCluster).jobs);
    const reached = await reach(level, keys);
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
    const stores = new JobStores(client, this.#shared.prefix, this.#shared.keyring, true);
    const { clock } = this.#shared;
    const replicas = isCluster(client) ? new SlotReplicas(client, clock) : new Replicas(client, clock);
    return { deps: { ...this.#shared, client, stores }, replicas };
  }
}

function shortfall({ replicas, timeoutMs, onDisk }: Durability, reached: number): string {
  if (reached < 0) return `it had not written it to its disk within ${timeoutMs} ms`;
  return `${reached} of ${replicas} replicas had it${onDisk ? ' on their disks' : ''} within ${timeoutMs} ms`;
}

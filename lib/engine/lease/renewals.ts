import { queueKeys } from '../keys.ts';
import { announce, type BlockingJob, type WorkerInfo } from '../queries/presence.ts';
import { defineScripts, type RedisClient, runScript } from '../scripts.ts';
import type { Blocker } from './block-looks.ts';
import { openConnection } from './connection-facts.ts';
import type { KeptLease, RunningFacts } from './thread-message.ts';
import type { ThreadState } from './thread-state.ts';

/** The name under which Redis lists its connections. */
const CONNECTION_NAME = 'apiary:leases';

/** Does in Redis what the main thread would do if it were not blocked. What fails is tried again with the next call. */
export class Renewals {
  readonly #state: ThreadState;
  readonly #clients = new Map<number, RedisClient>();
  readonly #underWay = new Set<string>();

  constructor(state: ThreadState) {
    this.#state = state;
  }

  /** Renews all leases, those that are not being renewed. */
  renew(): void {
    for (const lease of this.#state.leases.values()) this.#once(lease.incarnation, () => this.#renew(lease));
  }

  /** Says again what the workers have said of themselves, since when they are blocked (epoch ms), and by what. */
  sayBlocked(blockedSince: number, { job, at }: Blocker): void {
    const blocked = { blockedSince, ...(job && { blockedBy: job }), ...(at !== null && { blockedAt: at }) };
    for (const [place, { prefix, info }] of this.#state.said) {
      this.#once(info.id, async () => {
        const client = this.#clientAt(place);
        const running = job ? withBlocker(info, job, blockedSince) : info.running;
        if (client) await announce({ client, prefix }, { ...info, ...blocked, running });
      });
    }
  }

  /** Closes its connections, until they are needed again. */
  rest(): void {
    for (const client of this.#clients.values()) client.disconnect();
    this.#clients.clear();
  }

  async #renew({ place, prefix, queue, incarnation, leaseMs }: KeptLease): Promise<void> {
    const client = this.#clientAt(place);
    if (!client) return;
    const keys = queueKeys(prefix, queue, client.isCluster);
    const claims = keys.claims(incarnation);
    // A stock worker is told by them that these are being worked on.
    const held = await client.smembers(claims);
    const call = { queue: keys, keys: { claims }, args: { incarnation, leaseMs, joins: false }, rest: held };
    const [state] = await runScript(client, { script: 'renew', ...call });
    // The main thread learns so by its own beat.
    if (state === 'burnt') this.#state.leases.delete(incarnation);
  }

  #once(name: string, act: () => Promise<void>): void {
    if (this.#underWay.has(name)) return;
    this.#underWay.add(name);
    const over = (): boolean => this.#underWay.delete(name);
    act().then(over, over);
  }

  #clientAt(place: number): RedisClient | null {
    const known = this.#clients.get(place);
    const connection = this.#state.connections.get(place);
    if (known || !connection) return known ?? null;
    const client = openConnection(connection, CONNECTION_NAME);
    defineScripts(client);
    this.#clients.set(place, client);
    return client;
  }
}

/**
 * What a worker runs, and among it the job that blocks it. Of many jobs that begin at once the thread is told of some
 * only: of one that it was not told of, all that is known is that it runs since the block began.
 */
function withBlocker(
  { queues, running }: WorkerInfo,
  { queue, id, type }: BlockingJob,
  startedAt: number,
): RunningFacts[] {
  const isKnown = running.some((one) => one.queue === queue && one.id === id);
  // Of several workers in one process it is a job of one that serves its queue.
  const isServed = queues.some(({ name }) => name === queue);
  return isKnown || !isServed ? running : [{ queue, id, type, startedAt }, ...running];
}

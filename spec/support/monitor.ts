import { randomUUID } from 'node:crypto';
import { systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { type Outcome, settlementArgs } from '../../lib/engine/record/settlement.ts';
import { Session, type Taken } from '../../lib/engine/session/session.ts';
import { BulkRunner } from '../../lib/inspector/bulk-runner.ts';
import { Inspector, type JobState } from '../../lib/inspector/inspector.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, type RedisClient } from '../../lib/redis/connect.ts';
import { createHealth } from '../../lib/server/health/health.ts';
import { listen } from '../../lib/server/listen.ts';
import { createMetrics } from '../../lib/server/metrics/metrics.ts';
import { createMonitor, type MonitorDeps } from '../../lib/server/monitor/monitor.ts';
import { silentLog } from './log.ts';
import { openRequests } from './redis.ts';
import { sourceOver } from './sources.ts';
import { patientClock } from './wait.ts';

/** The queue that a spec's monitor knows beforehand. */
export const QUEUE = 'mail';

/** A monitor that listens on a port of its own, over keys of its own. */
export interface SpecMonitor {
  readonly url: string;
  readonly client: RedisClient;
  readonly prefix: string;
  readonly inspector: Inspector;
  readonly producer: Producer;
  /** Asks for a page or a change, as a program on this machine does. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a change as Arena's page does. */
  send(method: string, path: string, body?: unknown): Promise<Response>;
  /** Adds a job to the queue and brings it to a state; resolves with its id. */
  jobIn(state: JobState, data?: unknown): Promise<string>;
  /** Does so with many at once; their ids are in the order in which they were added. */
  jobsIn(state: JobState, count: number): Promise<string[]>;
  close(): Promise<void>;
}

/** What a spec's monitor is to be like. */
interface SpecMonitorOptions extends Partial<MonitorDeps> {
  /** Default: that which the specs share. */
  redis?: string;
  /** Whether it looks for runs each second, which asks Redis; by default where it is not read-only. */
  looksForRuns?: boolean;
  /** The name of a further source that shows the same as the monitor's own. */
  mirror?: string;
}

/** Starts a monitor on a port of its own. */
export async function openMonitor({
  redis,
  looksForRuns,
  mirror,
  ...changes
}: SpecMonitorOptions = {}): Promise<SpecMonitor> {
  const prefix = `spec-${randomUUID()}`;
  const client = openRequests(redis);
  const inspector = new Inspector({ client, prefix, knownQueues: [QUEUE], clock: patientClock });
  const metrics = createMetrics({ inspector, log: silentLog });
  const producer = new Producer({ client, prefix, onCreated: metrics.jobAdded });
  const handler = createMonitor({
    inspector,
    producer,
    definitions: new Map(),
    metrics,
    health: createHealth({ checks: {} }),
    users: [],
    log: silentLog,
    ...(mirror !== undefined && { sources: [sourceOver(mirror, { inspector, producer })] }),
    ...changes,
  });
  const server = await listen({
    handler,
    role: 'monitor',
    host: '127.0.0.1',
    port: 0,
    variable: 'MONITOR_PORT',
  });
  const runs = looksForRuns ?? !changes.readOnly;
  const runner = runs ? new BulkRunner({ inspector, log: silentLog }) : null;
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    client,
    prefix,
    inspector,
    producer,
    fetch: (path, init) => fetch(url + path, { redirect: 'manual', ...init }),
    send: (method, path, body) => fetch(url + path, { method, ...ajax(body) }),
    jobIn: async (state, data = DATA) => {
      const [id = ''] = await bringTo(state, [data], { client, prefix, producer });
      return id;
    },
    jobsIn: (state, count) => bringTo(state, Array(count).fill(DATA), { client, prefix, producer }),
    close: async () => {
      await Promise.all([server.close(0), runner?.stop()]);
      await closeClient(client);
    },
  };
}

function ajax(body: unknown): RequestInit {
  const headers = { 'X-Requested-With': 'XMLHttpRequest' };
  if (body === undefined) return { headers };
  return { headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

async function bringTo(
  state: JobState,
  all: readonly unknown[],
  { client, prefix, producer }: { client: RedisClient; prefix: string; producer: Producer },
): Promise<string[]> {
  const options = state === 'delayed' ? { delayMs: 3_600_000 } : {};
  const added = await Promise.all(
    all.map((data) => producer.addRaw({ type: 'email.send', queue: QUEUE, data, options })),
  );
  const ids = added.map(({ id }) => id);
  if (state === 'waiting' || state === 'delayed') return ids;
  const keys = queueKeys(prefix, QUEUE, false);
  const session = new Session(
    { client, keys, clock: systemClock },
    { leaseMs: 60_000, keepSucceeded: -1, keepFailed: -1, publish: 'never' },
  );
  const taken: Taken[] = [];
  while (taken.length < ids.length) {
    const exchange = await session.exchange([], ids.length - taken.length);
    if (exchange.taken.length === 0)
      throw new Error(`only ${taken.length} of ${ids.length} jobs can be taken`);
    taken.push(...exchange.taken);
  }
  if (taken.some(({ id }, at) => id !== ids[at])) throw new Error(`other jobs were waiting before ${ids[0]}`);
  if (state === 'active') return ids;
  const ends = taken.map((job) =>
    settlementArgs({ ...job, attempt: 1, startedAt: session.now() }, OUTCOMES[state], {
      durationMs: 12,
      worker: 'host:1',
    }),
  );
  await session.exchange(ends, 0);
  return ids;
}

const DATA = { to: 'a@example.com' };
const OUTCOMES: Record<'succeeded' | 'failed', Outcome> = {
  succeeded: { kind: 'succeeded', result: { sent: true }, resultJson: '{"sent":true}' },
  failed: { kind: 'failed', error: new Error('mailbox full'), as: 'failed' },
};

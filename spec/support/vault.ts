import { z } from 'zod';
import { keepLanes } from '../../lib/engine/queries/kept-lanes.ts';
import { announce } from '../../lib/engine/queries/presence.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { storeAlerts, storedAlert } from './alerts.ts';
import { QUEUE, type SpecMonitor } from './monitor.ts';

/** The name of the queue that somebody has no right to. */
export const VAULT = 'vaultqueue';

/** All that is unlike anything else, and begins so, is of that queue. */
export const OF_VAULT = /vault[\w-]*/g;

const Vault = defineJob({
  type: 'vaulttype',
  queue: VAULT,
  schema: z.unknown(),
  group: { graceMs: 600_000 },
});
const Plain = defineJob({ type: 'vaultplain', queue: VAULT, schema: z.unknown() });
const Mail = defineJob({ type: 'email.send', queue: QUEUE, schema: z.unknown() });

/** What is there of either queue, by its ids. */
export interface FilledVault {
  failed: string;
  waiting: string;
  delayed: string;
  /** Of the other queue: a job that is tied to each of what spans both, and one that is not. */
  mail: string;
  chained: string;
  batched: string;
  stepped: readonly string[];
  /** The ids of what comes after these. */
  secret: readonly string[];
}

/** Fills the queue with one of everything, and the other with what is tied to it. */
export async function fillVault(monitor: SpecMonitor): Promise<FilledVault> {
  const { producer, inspector } = monitor;
  const add = async (id: string, options = {}): Promise<string> =>
    (await producer.add(Plain, { of: 'vaultdata' }, { id, ...options })).id;
  const failed = await add('vaultfailed');
  await inspector.archive(VAULT, failed, 'vaultarchiver');
  const waiting = await add('vaultwaiting', { unique: { key: 'vaultkey', ttlMs: 600_000 } });
  const delayed = await add('vaultdelayed', { delayMs: 3_600_000 });
  await producer.add(Vault, 1, { group: 'vaultgroup' });
  await producer.schedules.put(Plain, { name: 'vaultschedule', everyMs: 3_600_000, data: 1 });
  await inspector.limits.set(VAULT, { concurrency: 3 }, 'vaultlimiter');
  await fillShared(monitor);
  const tied = await tieToVault(monitor);
  const { id: mail } = await producer.add(Mail, 1);
  await storeAlerts(inspector, [
    storedAlert({ queue: VAULT, subject: 'vaultalert', summary: 'vaultalerts', detail: 'vaultalerts' }),
    storedAlert({ queue: QUEUE }),
  ]);
  await speakAsWorkers(monitor);
  return { failed, waiting, delayed, mail, ...tied };
}

type Tied = Pick<FilledVault, 'chained' | 'batched' | 'stepped' | 'secret'>;

async function tieToVault({ producer }: SpecMonitor): Promise<Tied> {
  const { id: chained, jobs: links } = await producer.addChain([
    jobFor(Mail, 1, { id: 'chained' }),
    jobFor(Plain, 1),
  ]);
  // As if the chain had gone on.
  const nextId = links[1]?.id ?? '';
  await producer.add(Plain, 1, { id: nextId });
  const { last, jobs: members } = await producer.addBatch({
    ...{ id: 'vaultbatch', when: 'ended', last: jobFor(Plain, 1) },
    jobs: [jobFor(Mail, 1)],
  });
  const batched = members[0]?.id ?? '';
  const { jobs } = await producer.addWorkflow(
    ({ job }) => {
      const first = job('step', Mail, 1);
      job('vaultstep', Plain, 1, { after: [first] });
    },
    { id: 'bothflow' },
  );
  const { jobs: others } = await producer.addWorkflow(
    ({ job }) => {
      job('vaultfirst', Plain, 1);
      job('vaultother', Mail, 1);
    },
    { id: 'vaultflow' },
  );
  const stepped = [jobs['step']?.id ?? '', others['vaultother']?.id ?? ''];
  return { chained, batched, stepped, secret: [nextId, last.id] };
}

/** What is kept of all queues together. */
async function fillShared({ inspector }: SpecMonitor): Promise<void> {
  const order = { operation: 'retry', queue: VAULT, state: 'failed', dryRun: true } as const;
  await inspector.bulkRuns.start('vaultrun', order, 'vaultstarter');
  await inspector.bulkRuns.start('vaultchosen', { ...order, ids: [[VAULT, 'vaultfailed']] }, 'vaultstarter');
  const mixed = [
    [QUEUE, 'chained'],
    [VAULT, 'vaultfailed'],
  ] as const;
  await inspector.bulkRuns.start('mixed', { ...order, queue: QUEUE, ids: mixed }, 'ada');
  await inspector.savedSearches.save({ name: 'vaultsearch', fields: { queue: VAULT }, by: 'vaultsaver' });
  await inspector.savedSearches.save({ name: 'vaultidsearch', fields: { id: 'vaultid' }, by: 'vaultsaver' });
  await inspector.audit.record({
    ...{ by: 'vaultactor', through: 'api', action: 'pause', queue: VAULT, id: null, outcome: 'done' },
    detail: 'vaultdetail',
  });
  await inspector.audit.record({
    ...{ by: 'vaultactor', through: 'api', action: 'pause worker', queue: null, id: 'vaultworker' },
    ...{ outcome: 'done', detail: null },
  });
}

/** One worker that serves this queue alone, and one that serves both. */
async function speakAsWorkers(monitor: SpecMonitor): Promise<void> {
  const running = [{ queue: VAULT, id: 'vaultrunning', type: 'vaultplain', startedAt: Date.now() }];
  const blockedBy = { queue: VAULT, id: 'vaultrunning', type: 'vaultplain', attempt: 1 };
  for (const [id, queues] of [
    ['vaultworker', [VAULT]],
    ['both', [VAULT, QUEUE]],
  ] as const) {
    await announce(
      monitor,
      {
        ...{ id, host: `${id}-host`, pid: 1, version: '1.2.3', startedAt: Date.now(), strict: false },
        ...{ queues: queues.map((name) => ({ name, weight: 1 })), concurrency: 2, status: 'running' },
        ...{ handlers: [{ type: 'vaultplain', queue: VAULT }], runningCount: 1, running },
        ...{ blockedSince: Date.now() - 9_000, blockedBy, blockedAt: 'open (file:///vaultcode.js:1:1)' },
      },
      600_000,
    );
    const ended = {
      id: 'vaultended',
      type: 'vaultplain',
      startedAt: Date.now() - 2_000,
      endedAt: Date.now(),
    };
    await keepLanes(monitor, id, {
      ...{ at: Date.now(), allSince: 0, longSince: 0 },
      cells: [{ at: Date.now(), busyMs: 2_000, succeeded: 77_001, failed: 77_002, others: 77_003 }],
      attempts: [{ ...ended, queue: VAULT, end: 'failed' }],
    });
  }
}

/** All that Redis has of the queue, so that a change of it can be told. */
export async function contentsOfVault({ client, prefix }: SpecMonitor): Promise<Record<string, string>> {
  const keys = (await client.keys(`${prefix}:${VAULT}:*`)).sort();
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return Object.fromEntries(keys.map((key, at) => [key, dumps[at]?.toString('base64') ?? '']));
}

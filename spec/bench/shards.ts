import { writeFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { createInspector, createProducer, defineJob } from '../../lib/index.ts';
import { connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { shardNames } from '../../lib/shards/route.ts';
import type { MeasuredRun as Run } from '../simulation/calibrate.ts';
import { startCluster } from '../support/cluster.ts';
import { silentLog } from '../support/log.ts';
import { startProgram } from '../support/process.ts';
import { giveShards } from '../support/shards.ts';
import { until } from '../support/wait.ts';

/**
 * Measures a queue over 1 and 4 shards on three primaries of this machine, with 1 and 2 worker processes, and writes
 * what the simulation is checked against, of each size the round of median speed:
 * `npx tsx spec/bench/shards.ts [jobs] [rounds] [file]`.
 */
const [, , given = '30000', asked = '3', file = 'spec/simulation/measured.json'] = process.argv;
const JOBS = Number(given);
const ROUNDS = Number(asked);
const IDLE_MS = 2_000;
const SIZES = [
  { shards: 1, workers: 1, concurrency: 100 },
  { shards: 1, workers: 1, concurrency: 10 },
  { shards: 4, workers: 1, concurrency: 100 },
  { shards: 1, workers: 2, concurrency: 100 },
  { shards: 4, workers: 2, concurrency: 100 },
  { shards: 1, workers: 2, concurrency: 400 },
  { shards: 4, workers: 2, concurrency: 400 },
] as const;

const cluster = await startCluster(3);
const client = connect(parseRedisUrl(cluster.url), 'commands', { log: silentLog });
const nodes = cluster.url
  .replace('redis-cluster://', '')
  .split(',')
  .map((address) => new Redis(Number(address.split(':')[1])));
const producer = createProducer({ redis: client });
const inspector = createInspector({ redis: client });
const measured = SIZES.map((): Run[] => []);
for (let round = 0; round < ROUNDS; round++)
  for (const [at, size] of SIZES.entries())
    measured[at]?.push(await measure(await spreadName(round * SIZES.length + at), size));
const runs = measured.map((rounds) => {
  const sorted = rounds.sort((one, other) => one.perSecond - other.perSecond);
  return sorted[Math.floor(sorted.length / 2)];
});
writeFileSync(file, `${JSON.stringify({ cores: 2, jobs: JOBS, runs }, null, 2)}\n`);
await Promise.all(nodes.map((node) => node.quit()));
await inspector.close();
await producer.close();
await client.quit();
await cluster.stop();

/** The first name whose four shards are on all three primaries: where a slot is, chance decides. */
async function spreadName(at: number): Promise<string> {
  for (let nth = 0; ; nth++) {
    const name = `shards-${at}-${nth}`;
    const slots = await Promise.all(
      shardNames(name, 4).map((shard) => nodes[0]?.cluster('KEYSLOT', `{${shard}}`)),
    );
    if (new Set(slots.map((slot) => Math.floor((Number(slot) * 3) / 16_384))).size === 3) return name;
  }
}

async function measure(queue: string, size: (typeof SIZES)[number]): Promise<Run> {
  const { shards, workers, concurrency } = size;
  await client.del(shardKeys('bq').records);
  await giveShards({ client }, queue, shards);
  await until(async () => (await inspector.shards.get(queue)).shards === shards, 'the shards were known');
  const fresh = createProducer({ redis: client });
  await inspector.pause(queue, 'bench');
  const job = defineJob({ type: 'job', queue, schema: z.number() });
  await fresh.addMany(
    job,
    Array.from({ length: JOBS }, (_, nth) => nth),
  );
  await fresh.close();
  const args = [cluster.url, queue, String(concurrency)];
  const running = [];
  for (let nth = 0; nth < workers; nth++)
    running.push(await startProgram('spec/bench/shard-worker.ts', {}, args));
  await Promise.all(running.map((one) => one.waitForLine(/ready/)));
  // The shards are opened a moment after the start.
  const opened = async (): Promise<boolean> =>
    (
      await Promise.all(
        (await inspector.shards.namesOf(queue)).map((name) => client.exists(`bq:{${name}}:workers`)),
      )
    ).every(Boolean);
  await until(opened, 'all shards were opened');
  // What an idle primary of a cluster costs by itself is no part of what a job costs.
  const idleFrom = await Promise.all(nodes.map(cpuAndCalls));
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const before = await Promise.all(nodes.map(cpuAndCalls));
  const resumedAt = Date.now();
  await inspector.resume(queue);
  await until(
    async () => {
      const { waiting, active } = (await inspector.queue(queue)).counts;
      return waiting + active === 0;
    },
    'all had run',
    300_000,
  );
  const after = await Promise.all(nodes.map(cpuAndCalls));
  const parts = (Date.now() - resumedAt) / IDLE_MS;
  for (const one of running) one.kill('SIGTERM');
  await Promise.all(running.map((one) => one.exit));
  const told = running.map(({ stdout }) => JSON.parse(stdout.at(-1) ?? '{}')).filter((one) => one.jobs > 0);
  const ms = Math.max(...told.map((one) => one.lastAt)) - Math.min(...told.map((one) => one.firstAt));
  const redisUs = after.map((one, at) => {
    const [from = 0, to = 0] = [idleFrom[at]?.cpuUs, before[at]?.cpuUs];
    return Math.max(0, one.cpuUs - to - parts * (to - from)) / JOBS;
  });
  const calls = after.reduce((sum, one, at) => sum + one.calls - (before[at]?.calls ?? 0), 0);
  const nodeUs = told.reduce((sum, one) => sum + one.cpuUs, 0) / JOBS;
  const run = {
    ...size,
    perSecond: Math.round((JOBS * 1_000) / ms),
    nodeUs,
    redisUs,
    callsPerJob: calls / JOBS,
  };
  console.log(JSON.stringify(run));
  return run;
}

async function cpuAndCalls(node: Redis): Promise<{ cpuUs: number; calls: number }> {
  const info = `${await node.info('cpu')}${await node.info('commandstats')}`;
  const seconds = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0);
  const calls = Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
  return { cpuUs: (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6, calls };
}

import { Redis } from 'ioredis';
import { freePort } from '../../lib/redis/free-port.ts';
import { end, type SpecFailoverCluster, slotsOf, startFailoverCluster } from '../support/cluster.ts';
import { until } from '../support/wait.ts';
import type { Durability } from './fault-kinds.ts';
import { lasts } from './insist.ts';
import { QUEUES } from './mix.ts';
import type { Setting, Strike } from './setting.ts';

const LIMIT_MS = 60_000;
const MOVED_AT_A_TIME = 5;
const MOVES_EVERY_MS = 20;

/** A cluster, the nodes that are in it now, and what still goes on of the last fault. */
interface Site {
  readonly cluster: SpecFailoverCluster;
  ports: number[];
  mending: Promise<unknown>;
}

/** Starts three primaries with a replica each; resolves when a failover is possible. */
export async function startClusterSetting(durability: Durability): Promise<Setting> {
  const cluster = await startFailoverCluster(['--appendonly', 'yes', '--appendfsync', durability]);
  const site: Site = { cluster, ports: [...cluster.ports], mending: Promise.resolve() };
  const { url } = cluster;
  return {
    ...{ topology: 'cluster', durability, url, wireUrl: url, strikes: strikesOn(site) },
    stop: async () => {
      await site.mending.catch(() => undefined);
      await cluster.stop();
    },
  };
}

function strikesOn(site: Site): Setting['strikes'] {
  const { cluster } = site;
  return {
    primaryKilled: replaced(site, (port) => {
      cluster.server(port).kill('SIGKILL');
      return () => cluster.serve(port);
    }),
    primaryStopped: replaced(site, (port) => {
      const server = cluster.server(port);
      server.kill('SIGSTOP');
      return async () => void server.kill('SIGCONT');
    }),
    scriptsForgotten: async () => {
      await site.mending;
      for (const port of await primaries(site)) await ask(port, (redis) => redis.script('FLUSH'));
      return null;
    },
    slotsMoved: async ({ pick }) => {
      await site.mending;
      const slot = await slotOf(site, pick);
      const from = await primaryOf(site, slot);
      const others = (await primaries(site)).filter((port) => port !== from);
      await moveSlot(site, slot, { from, to: others[Math.floor(pick * others.length)] ?? from });
      return null;
    },
    nodeAdded: async ({ pick, forMs }) => {
      await site.mending;
      const slot = await slotOf(site, pick);
      const from = await primaryOf(site, slot);
      const added = await addNode(site);
      await moveSlot(site, slot, { from, to: added });
      await lasts(forMs);
      await moveSlot(site, slot, { from: added, to: from });
      await removeNode(site, added);
      return null;
    },
  };
}

/** Has the primary of a busy queue replaced by what is done to it; it comes back after a while as a replica. */
function replaced(site: Site, take: (port: number) => () => Promise<void>): Strike {
  return async ({ pick, forMs }) => {
    await site.mending;
    const slot = await slotOf(site, pick);
    const old = await primaryOf(site, slot);
    const since = performance.now();
    const giveBack = take(old);
    const alive = site.ports.filter((port) => port !== old);
    await until(
      async () => (await primaryOf({ ports: alive }, slot)) !== old,
      'a replica took over',
      LIMIT_MS,
    );
    site.mending = (async () => {
      await lasts(forMs - (performance.now() - since));
      await giveBack();
      await until(() => isWhole(site), 'each primary has its replica', LIMIT_MS);
    })();
    // Whoever comes next hears of what goes wrong.
    site.mending.catch(() => undefined);
    return null;
  };
}

async function slotOf({ ports }: Site, pick: number): Promise<number> {
  const queue = QUEUES[Math.floor(pick * QUEUES.length)] ?? '';
  return ask(ports[0] ?? 0, async (redis) => Number(await redis.cluster('KEYSLOT', queue)));
}

/** The port of the primary that has a slot, as the first of these nodes that answers has it. */
async function primaryOf({ ports }: Pick<Site, 'ports'>, slot: number): Promise<number> {
  for (const port of ports) {
    const slots = await ask(port, slotsOf).catch(() => []);
    const [, , primary] = slots.find(([from, to]) => from <= slot && slot <= to) ?? [];
    if (primary) return primary[1];
  }
  throw new Error(`no node knows who has slot ${slot}`);
}

async function primaries({ ports }: Site): Promise<number[]> {
  const slots = await ask(ports[0] ?? 0, slotsOf);
  return [...new Set(slots.flatMap(([, , primary]) => (primary ? [primary[1]] : [])))];
}

/** Whether every node is seen by all as whole, and each primary of slots has a replica in step. */
async function isWhole({ ports }: Site): Promise<boolean> {
  const seen = await Promise.all(
    ports.map((port) =>
      ask(port, async (redis) => {
        const isFine = String(await redis.cluster('INFO')).includes('cluster_state:ok');
        const facts = String(await redis.info('replication'));
        const isInStep = facts.includes('role:slave')
          ? facts.includes('master_link_status:up')
          : facts.includes('connected_slaves:1');
        return isFine && isInStep;
      }).catch(() => false),
    ),
  );
  return seen.every((one) => one);
}

/** Moves a slot as redis-cli does, some keys at a time while its queue is at work. */
async function moveSlot(site: Site, slot: number, { from, to }: { from: number; to: number }): Promise<void> {
  if (from === to) return;
  const [fromId, toId] = [await idOf(from), await idOf(to)];
  await ask(to, (redis) => redis.cluster('SETSLOT', slot, 'IMPORTING', fromId));
  await ask(from, async (redis) => {
    await redis.cluster('SETSLOT', slot, 'MIGRATING', toId);
    for (;;) {
      const keys = await redis.cluster('GETKEYSINSLOT', slot, MOVED_AT_A_TIME);
      if (keys.length === 0) return;
      await redis.call('MIGRATE', '127.0.0.1', to, '', 0, 5_000, 'KEYS', ...keys.map(String));
      await lasts(MOVES_EVERY_MS);
    }
  });
  const others = site.ports.filter((port) => port !== from && port !== to);
  for (const port of [to, from, ...others])
    await ask(port, (redis) => redis.cluster('SETSLOT', slot, 'NODE', toId)).catch(() => undefined);
}

async function addNode(site: Site): Promise<number> {
  const port = await freePort();
  await site.cluster.serve(port);
  await ask(site.ports[0] ?? 0, (redis) => redis.cluster('MEET', '127.0.0.1', port));
  site.ports = [...site.ports, port];
  const knows = async (one: number): Promise<boolean> => {
    const facts = String(await ask(one, (redis) => redis.cluster('INFO')));
    return facts.includes('state:ok') && facts.includes(`cluster_known_nodes:${site.ports.length}`);
  };
  for (const one of site.ports) await until(() => knows(one), 'all know the new node', LIMIT_MS);
  return port;
}

async function removeNode(site: Site, port: number): Promise<void> {
  const id = await idOf(port);
  site.ports = site.ports.filter((one) => one !== port);
  for (const one of site.ports) await ask(one, (redis) => redis.cluster('FORGET', id));
  await end(site.cluster.server(port));
}

async function idOf(port: number): Promise<string> {
  return ask(port, async (redis) => String(await redis.cluster('MYID')));
}

async function ask<Answer>(port: number, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(port, { maxRetriesPerRequest: 1, commandTimeout: 3_000 });
  redis.on('error', () => undefined);
  return question(redis).finally(() => redis.disconnect());
}

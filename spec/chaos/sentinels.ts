import { Redis } from 'ioredis';
import { type SpecSentinels, startSentinels } from '../support/sentinel.ts';
import { until } from '../support/wait.ts';
import type { Durability } from './fault-kinds.ts';
import { lasts } from './insist.ts';
import type { Setting, Strike } from './setting.ts';

const FAILOVER_TIMEOUT_MS = 3_000;
const LIMIT_MS = 60_000;

/** A Sentinel set-up, and what still goes on of the last fault. */
interface Site {
  readonly sentinels: SpecSentinels;
  mending: Promise<unknown>;
}

/** Starts a primary with two replicas and three Sentinels; resolves when a failover is possible. */
export async function startSentinelSetting(durability: Durability): Promise<Setting> {
  const settings = ['--appendonly', 'yes', '--appendfsync', durability];
  const sentinels = await startSentinels({ replicas: 2, settings, failoverTimeoutMs: FAILOVER_TIMEOUT_MS });
  const site: Site = { sentinels, mending: Promise.resolve() };
  const { url } = sentinels;
  return {
    ...{ topology: 'sentinel', durability, url, wireUrl: url, strikes: strikesOn(site) },
    stop: async () => {
      await site.mending.catch(() => undefined);
      await sentinels.stop();
    },
  };
}

function strikesOn(site: Site): Setting['strikes'] {
  const { sentinels } = site;
  return {
    primaryKilled: replaced(site, async (port) => {
      const server = sentinels.server(port);
      server.kill('SIGKILL');
      return () => sentinels.restart(port);
    }),
    primaryStopped: replaced(site, async (port) => {
      const server = sentinels.server(port);
      server.kill('SIGSTOP');
      return async () => void server.kill('SIGCONT');
    }),
    failoverAsked: replaced(site, async () => {
      const asked = (): Promise<boolean> => sentinels.failOver().then(yes, no);
      await until(asked, 'the Sentinels begin a failover', LIMIT_MS);
      return async () => {};
    }),
    scriptsForgotten: async () => {
      await site.mending;
      await ask(await sentinels.named(), (redis) => redis.script('FLUSH'));
      return null;
    },
  };
}

const yes = (): boolean => true;
const no = (): boolean => false;

/** Has the primary replaced by what is done to it; the old one comes back after a while, and is a replica then. */
function replaced(site: Site, take: (port: number) => Promise<() => Promise<void>>): Strike {
  const { sentinels } = site;
  return async ({ forMs }) => {
    await site.mending;
    const old = await sentinels.named();
    const since = performance.now();
    const giveBack = await take(old);
    await until(async () => (await sentinels.named()) !== old, 'another is named', LIMIT_MS);
    site.mending = (async () => {
      await lasts(forMs - (performance.now() - since));
      await giveBack();
      await until(() => isInStep(sentinels), 'all replicas are in step', LIMIT_MS);
    })();
    // Whoever comes next hears of what goes wrong.
    site.mending.catch(() => undefined);
    return null;
  };
}

async function isInStep(sentinels: SpecSentinels): Promise<boolean> {
  const primary = await sentinels.named();
  const replicas = sentinels.ports.filter((port) => port !== primary);
  const inStep = await Promise.all(
    replicas.map((port) =>
      ask(port, async (redis) => {
        const facts = String(await redis.info('replication'));
        return facts.includes('master_link_status:up') && facts.includes(`master_port:${primary}`);
      }).catch(no),
    ),
  );
  return inStep.every((one) => one);
}

async function ask<Answer>(port: number, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(port, { maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  return question(redis).finally(() => redis.disconnect());
}

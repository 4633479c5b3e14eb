import { Redis } from 'ioredis';
import { freePort } from '../../lib/redis/free-port.ts';
import { probe } from '../../lib/redis/probe.ts';
import { type MovedClock, makeMovedClock } from '../support/moved-clock.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type BareRedis, startBareRedis } from '../support/redis-server.ts';
import { until } from '../support/wait.ts';
import type { Durability } from './fault-kinds.ts';
import { lasts } from './insist.ts';
import { movedMs } from './moved-ms.ts';
import type { Setting, Strike } from './setting.ts';

const SERVES_WITHIN_MS = 120_000;

/** One Redis with a proxy before it, and the hand on both. */
interface Site {
  redis: BareRedis;
  /** Of Redis; null where it cannot be moved. */
  readonly clock: MovedClock | null;
  readonly proxy: TcpProxy;
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts one Redis with an append-only file, and a proxy before it; resolves when it serves. */
export async function startStandalone(durability: Durability): Promise<Setting> {
  const settings = {
    appendonly: 'yes',
    appendfsync: durability,
    'maxmemory-policy': 'noeviction',
    // Lets it answer that it is loading, however little there is to load.
    'loading-process-events-interval-bytes': '1024',
  };
  const port = await freePort();
  const clock = await makeMovedClock();
  const redis = await startBareRedis(port, settings, undefined, clock?.env);
  await untilServes(port);
  const site: Site = { redis, clock, proxy: await startProxy(port), settings };
  return {
    topology: 'standalone',
    durability,
    url: redis.url,
    wireUrl: `redis://127.0.0.1:${site.proxy.port}`,
    strikes: { ...redisStrikes(site), ...(clock ? clockStrike(clock) : {}), ...wireStrikes(site.proxy) },
    stop: async () => {
      await site.proxy.close();
      await site.redis.stop();
      await clock?.remove();
    },
  };
}

function redisStrikes(site: Site): Setting['strikes'] {
  const { port } = site.redis;
  const onAll = (strike: (forMs: number) => Promise<unknown>): Strike => {
    return async ({ forMs }) => {
      await strike(forMs);
      return null;
    };
  };
  const configured = (name: string, value: string, mended: string) =>
    onAll((forMs) =>
      ask(port, async (redis) => {
        await redis.config('SET', name, value);
        // Who is connected need not say who it is again.
        if (name === 'requirepass') await redis.call('CLIENT', 'KILL', 'TYPE', 'normal');
        await lasts(forMs);
        await redis.config('SET', name, mended);
      }),
    );
  return {
    redisKilled: onAll(async (forMs) => {
      await site.redis.end();
      await lasts(forMs);
      await startAgain(site);
    }),
    redisLoading: onAll((forMs) => loadFor(site, forMs)),
    redisStopped: onAll(async (forMs) => {
      site.redis.kill('SIGSTOP');
      await lasts(forMs);
      site.redis.kill('SIGCONT');
    }),
    redisFull: configured('maxmemory', '1', '0'),
    passwordChanged: configured('requirepass', 'another', ''),
    redisReplica: onAll((forMs) =>
      ask(port, async (redis) => {
        // Nobody is there, so it keeps what it has.
        await redis.replicaof('127.0.0.1', 1);
        await lasts(forMs);
        await redis.replicaof('NO', 'ONE');
      }),
    ),
    scriptsForgotten: onAll(() => ask(port, (redis) => redis.script('FLUSH'))),
  };
}

function clockStrike(clock: MovedClock): Setting['strikes'] {
  return {
    clockMoved: async ({ pick, forMs }) => {
      clock.move(movedMs(pick));
      await lasts(forMs);
      clock.move(0);
      return null;
    },
  };
}

/** Lets it take about so long to load what it has. */
async function loadFor(site: Site, forMs: number): Promise<void> {
  const { port } = site.redis;
  const keys = await ask(port, async (redis) => {
    // Each command since it is rewritten is delayed too: where keys are few, that would take many times as long.
    await redis.call('CLIENT', 'PAUSE', String(SERVES_WITHIN_MS), 'WRITE');
    await redis.bgrewriteaof();
    const isWritten = async (): Promise<boolean> =>
      String(await redis.info('persistence')).includes('aof_rewrite_in_progress:0');
    await until(isWritten, 'the append-only file is rewritten');
    return redis.dbsize();
  });
  await site.redis.end();
  await startAgain(site, { 'key-load-delay': String(Math.ceil((forMs * 1_000) / Math.max(1, keys))) });
}

async function startAgain(site: Site, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const { port, folder } = site.redis;
  site.redis = await startBareRedis(port, { ...site.settings, ...more }, folder, site.clock?.env);
  await untilServes(port);
}

async function untilServes(port: number): Promise<void> {
  const serves = async (): Promise<boolean> => {
    const found = await probe(port);
    return found.kind === 'redis' && found.accepting;
  };
  await until(serves, 'Redis serves', SERVES_WITHIN_MS);
}

async function ask<Answer>(port: number, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(port);
  return question(redis).finally(() => redis.disconnect());
}

function wireStrikes(proxy: TcpProxy): Setting['strikes'] {
  const onWire = (strike: (forMs: number, pick: number) => Promise<unknown>): Strike => {
    return async ({ forMs, pick }, company) => {
      await strike(forMs, pick);
      return company.behindWire();
    };
  };
  return {
    wireCut: onWire(async (forMs, pick) => {
      proxy.cutAfter(Math.floor(3_000 * pick));
      await lasts(forMs);
      proxy.cut();
    }),
    repliesLost: onWire(async (forMs) => {
      proxy.dropReplies(true);
      await lasts(forMs);
      proxy.cut();
      proxy.dropReplies(false);
    }),
    wireHalfOpen: onWire(async () => proxy.swallow()),
    wireHangs: onWire(async (forMs) => {
      proxy.hang(true);
      await lasts(forMs);
      proxy.hang(false);
    }),
    wireDelayed: onWire(async (forMs, pick) => {
      Object.assign(proxy.delayMs, { toServer: Math.floor(20 * pick), toClient: Math.floor(60 * pick) });
      await lasts(forMs);
      Object.assign(proxy.delayMs, { toServer: 0, toClient: 0 });
    }),
    wireTrickles: onWire(async (forMs) => {
      proxy.trickle(true);
      await lasts(forMs);
      proxy.trickle(false);
    }),
  };
}

import { expect } from 'chai';
import { Redis } from 'ioredis';
import { queueKeys } from '../../lib/engine/keys.ts';
import { cancelJob } from '../../lib/engine/repairs/cancel.ts';
import { createProducer } from '../../lib/open.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { redisUrl, startRedis } from '../support/redis.ts';
import { patiently, until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

/** Found out within ten seconds, and then work goes on. */
const HEALED_MS = 15_000;
/** The very job that a silent wait has moved is an orphan, found in two looks after the connections are back. */
const FOUND_MS = 35_000;

/** So long a script keeps Redis from all else, and a core as well. */
const HELD_UP_MS = 10_000;

/** One worker and one producer behind a proxy of their own. */
interface Scene {
  proxy: TcpProxy;
  specs: SpecWorkers;
  producer: ReturnType<typeof createProducer>;
  ran: unknown[];
}

describe('connections whose peer is gone without a word', () => {
  let scenes: Scene[];

  beforeEach(() => {
    scenes = [];
  });
  afterEach(async () => {
    await Promise.all(
      scenes.map(async ({ proxy, specs, producer }) => {
        await producer.close();
        await specs.close();
        await proxy.close();
      }),
    );
  });

  /** A worker that has run a job and waits for the next, and a producer that has waited for one. */
  const open = async (): Promise<Scene> => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const specs = openWorkers();
    const url = `redis://127.0.0.1:${proxy.port}`;
    const producer = createProducer({ redis: url });
    const ran: unknown[] = [];
    const scene = { proxy, specs, producer, ran };
    scenes.push(scene);
    const handler = specs.handler(async (data, ctx) => {
      ran.push(data);
      if (data === 'long') await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
    });
    await specs.worker({ url, handlers: [handler] }).start();
    const first = await producer.addRaw({ type: 'job', queue: specs.queue, data: 'first', options: {} });
    await producer.waitFor(first, { timeoutMs: patiently(5_000) });
    return scene;
  };
  /** The first of two jobs may be on its way in a wait whose answer never comes. */
  const goesOn = async ({ specs, ran }: Scene): Promise<void> => {
    await specs.add('moved');
    await specs.add('next');
    await until(() => ran.includes('next'), 'the next one ran', HEALED_MS);
    await until(() => ran.includes('moved'), 'the one on its way ran', FOUND_MS);
  };
  const adds = async ({ producer, specs }: Scene): Promise<void> => {
    const add = (): Promise<boolean> =>
      producer.addRaw({ type: 'job', queue: specs.queue, data: 'added', options: {} }).then(
        () => true,
        () => false,
      );
    await until(add, 'the producer added', HEALED_MS);
  };

  it('are opened anew, each by itself and all at once, and work goes on', async () => {
    const [blocking, commands, requests, subscriber, all] = await Promise.all([
      open(),
      open(),
      open(),
      open(),
      open(),
    ]);
    const listeners = (scene: Scene): Promise<number> =>
      scene.specs.client
        .call('PUBSUB', 'NUMSUB', queueKeys('bq', scene.specs.queue, false).cancels)
        .then((reply) => (Array.isArray(reply) ? Number(reply[1]) : 0));
    const hears = async (scene: Scene): Promise<void> => {
      // The one that was swallowed is still there for the server.
      await until(async () => (await listeners(scene)) === 2, 'it listened again', HEALED_MS);
    };

    expect(blocking.proxy.swallow('apiary:blocking')).to.equal(1);
    expect(commands.proxy.swallow('apiary:commands')).to.equal(1);
    expect(requests.proxy.swallow('apiary:requests')).to.equal(1);
    expect(subscriber.proxy.swallow('apiary:subscriber')).to.equal(2);
    expect(all.proxy.swallow()).to.equal(5);

    await Promise.all([
      goesOn(blocking),
      goesOn(commands),
      adds(requests),
      hears(subscriber),
      ...[goesOn(all), adds(all), hears(all)],
    ]);
  }).timeout(2 * FOUND_MS);

  it('tell those who wait of what ended meanwhile, and jobs that they are cancelled', async () => {
    const scene = await open();
    const { specs, producer, proxy, ran } = scene;
    const [id = ''] = await specs.add('long');
    await until(() => ran.includes('long'), 'it ran');
    const ended = producer.waitFor({ id, queue: specs.queue }, { timeoutMs: patiently(2 * HEALED_MS) });

    proxy.swallow();
    const room = { client: specs.client, keys: queueKeys('bq', specs.queue, false) };
    await cancelJob(room, id, { by: 'ops', at: Date.now() });

    expect(await ended).to.include({ id, outcome: 'cancelled' });
  }).timeout(2 * HEALED_MS);
});

describe('a Redis that is slow, and alive', () => {
  it('is not left: a script that holds it up for ten seconds costs a few connections at most', async () => {
    const redis = await startRedis({ appendOnly: false });
    const specs = openWorkers(redis.url);
    const ran: unknown[] = [];
    await specs.worker({ handlers: [specs.handler((data) => ran.push(data))] }).start();
    await specs.add('first');
    await until(() => ran.length === 1, 'it waits for the next');
    const [blocker, operator] = [new Redis(redis.url), new Redis(redis.url)];
    const connections = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await operator.info('stats'))?.[1]);
    const before = await connections();
    const heldUpFrom = Date.now();
    const blocked = blocker.eval('while true do end', 0).catch((error: Error) => error.message);

    // From five seconds on Redis says that it is busy, before it says nothing.
    const isBusy = async (): Promise<boolean> => {
      const answer = await operator.ping().catch((error: Error) => error.message);
      return answer.startsWith('BUSY') && Date.now() - heldUpFrom >= HELD_UP_MS;
    };
    await until(isBusy, 'it has been busy for a while', 60_000);
    await operator.call('SCRIPT', 'KILL');
    expect(await blocked).to.match(/killed by user/);
    const tenSeconds = Math.max(1, (Date.now() - heldUpFrom) / 10_000);
    await specs.add('second');
    await until(() => ran.includes('second'), 'work went on', HEALED_MS);

    expect((await connections()) - before).to.be.at.most(10 * tenSeconds);
    blocker.disconnect();
    operator.disconnect();
    await specs.close();
    await redis.stop();
  }).timeout(120_000);
});

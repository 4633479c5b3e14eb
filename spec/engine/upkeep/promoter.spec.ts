import { expect } from 'chai';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { Promoter } from '../../../lib/engine/upkeep/promoter.ts';
import { closeClient, connect, type RedisClient } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const FAR = { inMs: 3_600_000 };

/** Sleeps nothing away but by being woken; the lengths are written down. */
function onlyWoken(): { clock: Clock; naps: number[] } {
  const naps: number[] = [];
  const sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    naps.push(ms);
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  };
  return { clock: { ...systemClock, sleep }, naps };
}

describe('Promoter', () => {
  let engine: SpecEngine;
  let proxy: TcpProxy;
  let subscriber: RedisClient;
  let promoter: Promoter | null = null;
  let troubles: unknown[];

  beforeEach(async () => {
    engine = openEngine();
    troubles = [];
    proxy = await startProxy(Number(new URL(redisUrl()).port));
    const url = `redis://127.0.0.1:${proxy.port}`;
    subscriber = connect(parseRedisUrl(url), 'subscriber', { log: silentLog });
  });
  afterEach(async () => {
    await promoter?.stop();
    await closeClient(subscriber);
    await proxy.close();
    await engine.close();
  });

  const start = (clock: Clock = systemClock): Promoter => {
    const { store, keys } = engine;
    const onTrouble = (error: unknown): void => void troubles.push(error);
    promoter = new Promoter({ store, clock, subscriber, channel: keys.earlierDelayed, onTrouble });
    promoter.start();
    return promoter;
  };
  const listens = async (): Promise<boolean> => {
    const reply = (await engine.client.pubsub('NUMSUB', engine.keys.earlierDelayed)) as [string, number];
    return reply[1] === 1;
  };
  const isWaiting = (id: string) => async (): Promise<boolean> => (await engine.waiting()).includes(id);

  it('moves what was due already', async () => {
    await engine.save('a', {}, { at: 1 });

    start();

    await until(isWaiting('a'), 'a was moved');
  });

  it('moves a job when it comes due', async () => {
    start();
    await until(listens, 'it listened');

    await engine.save('a', {}, { inMs: 30 });

    await until(isWaiting('a'), 'a was moved');
  });

  it('sleeps until the next job is due, and no longer than 5 s', async () => {
    const { clock, naps } = onlyWoken();
    await until(() => subscriber.status === 'ready', 'it was connected');
    await engine.save('a', {}, { inMs: 3_000 });
    start(clock);
    await until(() => naps.length > 0, 'it slept');

    expect(naps[0]).to.be.within(1, 3_000);
  });

  it('is woken by the announcement of an earlier job', async () => {
    const { clock, naps } = onlyWoken();
    await engine.save('far', {}, FAR);
    start(clock);
    await until(listens, 'it listened');
    await until(() => naps.length > 0, 'it slept');

    await engine.save('a', {}, { at: 1 });

    await until(isWaiting('a'), 'a was moved');
  });

  it('is not woken by the announcements of other queues', async () => {
    const { clock, naps } = onlyWoken();
    start(clock);
    await until(listens, 'it listened');
    const slept = naps.length;
    const other = openEngine();
    await subscriber.subscribe(other.keys.earlierDelayed);

    await other.save('a', {}, { at: 1 });
    await engine.save('b', {}, { at: 1 });
    await until(isWaiting('b'), 'b was moved');

    await until(() => naps.length > slept, 'it slept again');
    expect(naps.length).to.equal(slept + 1);
    await other.close();
  });

  it('moves what was announced while its connection was cut', async () => {
    const { clock, naps } = onlyWoken();
    start(clock);
    await until(listens, 'it listened');
    proxy.refuse(true);
    proxy.cut();
    await until(async () => !(await listens()), 'it did not listen any more');
    await engine.save('a', {}, { at: 1 });
    expect(await engine.waiting()).to.deep.equal([]);
    expect(naps).not.to.deep.equal([]);

    proxy.refuse(false);

    await until(isWaiting('a'), 'a was moved');
  });

  it('looks often while nothing can be announced to it', async () => {
    const { clock, naps } = onlyWoken();
    proxy.refuse(true);
    proxy.cut();
    await until(() => subscriber.status !== 'ready', 'it was cut off');

    start(clock);
    await until(() => naps.length > 0, 'it slept');

    expect(naps[0]).to.be.at.most(50);
    proxy.refuse(false);
  });

  it('goes on after Redis refused, and tells of it', async () => {
    const { waiting } = engine.keys;
    await engine.client.set(waiting, 'not a list');
    await engine.save('a', {}, { at: 1 });

    start();

    await until(() => troubles.length > 0, 'it told of its trouble');
    await engine.client.del(waiting);
    await until(isWaiting('a'), 'a was moved');
  });

  it('moves nothing any more once stopped, and stops twice without harm', async () => {
    const started = start();
    await until(listens, 'it listened');

    await started.stop();
    await started.stop();
    await engine.save('a', {}, { at: 1 });

    expect(await listens()).to.equal(false);
    expect(await engine.waiting()).to.deep.equal([]);
  });

  it('starts twice without harm', async () => {
    start().start();

    await engine.save('a', {}, { at: 1 });
    await until(isWaiting('a'), 'a was moved');

    expect(await engine.waiting()).to.deep.equal(['a']);
  });
});

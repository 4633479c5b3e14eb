import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { AnnouncedLoop } from '../../lib/engine/announced-loop.ts';
import type { RedisClient } from '../../lib/engine/scripts.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { silentLog } from '../support/log.ts';
import { redisTarget } from '../support/redis.ts';

describe('a loop that is announced to', () => {
  let subscriber: RedisClient;

  beforeEach(() => {
    subscriber = connect(redisTarget(), 'commands', { log: silentLog });
  });
  afterEach(() => closeClient(subscriber));

  it('looks ever less often while looking fails, and as before once it does not', async () => {
    const naps: number[] = [];
    const rounds = new EventEmitter();
    const sleep: Clock['sleep'] = (ms, signal) => {
      naps.push(ms);
      if (naps.length < 9) return Promise.resolve();
      rounds.emit('enough');
      return systemClock.sleep(60_000, signal);
    };
    const enough = new Promise((resolve) => rounds.once('enough', resolve));
    let looks = 0;
    const look = async (): Promise<number> => {
      looks++;
      if (looks === 8) return 5;
      throw new Error('a key is wrong');
    };
    let troubles = 0;
    const onTrouble = (): void => void troubles++;
    const loop = new AnnouncedLoop({
      clock: { ...systemClock, sleep },
      subscriber,
      channel: 'x',
      look,
      onTrouble,
    });

    loop.start();
    await enough;
    await loop.stop();

    expect(naps).to.deep.equal([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 5, 1_000]);
    expect(troubles).to.equal(8);
  });

  it('is not kept busy by a time that is none', async () => {
    const naps: number[] = [];
    const napped = new EventEmitter();
    const sleep: Clock['sleep'] = (ms, signal) => {
      naps.push(ms);
      napped.emit('once');
      return systemClock.sleep(60_000, signal);
    };
    const once = new Promise((resolve) => napped.once('once', resolve));
    const loop = new AnnouncedLoop({
      clock: { ...systemClock, sleep },
      subscriber,
      channel: 'x',
      look: () => Promise.resolve(Number.NaN),
      onTrouble: () => undefined,
    });

    loop.start();
    await once;
    await loop.stop();

    expect(naps).to.deep.equal([1_000]);
  });
});

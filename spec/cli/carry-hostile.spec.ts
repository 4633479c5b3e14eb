import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { apiary } from '../support/command-line.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { startRedis } from '../support/redis.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('what is wrong in the Redis of another library', () => {
  let rig: SpecWorkers;

  beforeEach(() => {
    rig = openWorkers();
  });

  afterEach(() => rig.close());

  const key = (name: string) => `bull:${rig.queue}:${name}`;
  const carry = (...words: string[]) =>
    apiary(['import', rig.queue, '--from', 'bullmq', '--yes', '--json', ...words]);

  /** Stores a job as BullMQ does. */
  async function put(id: string, fields: Record<string, string> = {}, list = 'wait'): Promise<void> {
    const hash = { name: 'job', data: '1', opts: '{}', timestamp: '1', ...fields };
    await rig.client.set(key('id'), 1);
    await rig.client.hset(key(id), hash);
    if (list !== '') await rig.client.lpush(key(list), id);
  }

  /** How many were stored, and by why how many were left. */
  async function carried(): Promise<Record<string, number>> {
    const { out, err } = await carry();
    expect(err).to.equal('');
    const { read, left } = JSON.parse(out) as { read: number; left: { why: string; count: number }[] };
    return { read, ...Object.fromEntries(left.map(({ why, count }) => [why, count])) };
  }

  it('stops no other job', async () => {
    await put('good', { junk: 'x', __proto__x: '{}', constructor: 'y' });
    await put('data', { data: '{"a":' });
    await put('deep', { data: '['.repeat(200_000) });
    await put('options', { opts: '[1]' });
    await put('no-options', { opts: 'null' });
    await put('garbage', { opts: 'x' });
    await put('type', { name: 'a b' });
    await put('proto', { name: '__proto__' });
    await put('a\u0000b');
    await put('x'.repeat(300));
    await rig.client.lpush(key('wait'), 'gone', '', '0:17');
    await rig.client.set(key('text'), 'x');
    await rig.client.lpush(key('wait'), 'text');

    expect(await carried()).to.deep.equal({ read: 2, data: 2, options: 3, type: 1, id: 2, gone: 2, key: 1 });
  });

  it('in options is not believed', async () => {
    const wild = [
      '{"attempts":"x","backoff":"y","delay":{},"priority":[],"de":7,"tm":"{","timeout":-1}',
      '{"attempts":1e308,"backoff":{"type":["fixed"],"delay":"NaN"},"de":{"id":{},"ttl":-1},"repeat":7}',
      '{"attempts":-5,"backoff":{"type":"a b","delay":1e99},"de":{"id":"a\\u0000b"},"tm":"{\\"__proto__\\":\\"x\\"}"}',
      '{"__proto__":{"attempts":9},"constructor":{"prototype":{}},"backoff":{"__proto__":{"type":"x"}}}',
      '{"backoff":{"type":"exponential","delay":1e12,"jitter":"many"},"removeOnComplete":{"age":[]}}',
    ];
    for (const [at, opts] of wild.entries()) {
      await put(`wild-${at}`, { opts, atm: '-3', progress: '{', timestamp: 'soon', deid: '\u0007' });
    }

    expect(await carried()).to.deep.equal({ read: wild.length });
    const records = await rig.client.hgetall(queueKeys('bq', rig.queue, false).jobs);
    for (const record of Object.values(records)) {
      const { options } = JSON.parse(record);
      expect(options.retries).to.be.within(0, 1_000_000);
      expect(options.backoff.delay).to.be.within(0, 3_155_760_000_000);
      expect(options).to.not.have.any.keys('headers');
    }
    expect(({} as Record<string, unknown>)['attempts']).to.equal(undefined);
  });

  it('in times is not believed', async () => {
    for (const [id, score] of Object.entries({ inf: '+inf', minus: '-inf', far: '1e300', old: '-4096' })) {
      await put(id, {}, '');
      await rig.client.zadd(key('delayed'), score, id);
    }
    await put('broken', { finishedOn: '1e400', processedOn: 'x', stacktrace: '{"length":9}' }, '');
    await rig.client.zadd(key('failed'), 'inf', 'broken');

    expect(await carried()).to.deep.equal({ read: 0, time: 5 });
  });

  it('is named where a whole key is of another type', async () => {
    await put('good');
    for (const name of [
      'delayed',
      'prioritized',
      'paused',
      'active',
      'failed',
      'completed',
      'repeat',
      'meta',
    ]) {
      await rig.client.set(key(name), 'x');
    }
    await rig.client.set(key('waiting-children'), 'x');

    expect(await carried()).to.deep.equal({ read: 1, key: 9 });
  });

  it('in schedules is not believed', async () => {
    const schedules: [name: string, hash: Record<string, string>][] = [
      ['each', { name: 'job', every: '0.5', ic: '1' }],
      ['never', { name: 'job', pattern: '0 0 30 2 *', ic: '1' }],
      ['words', { name: 'job', pattern: 'every day', ic: '1' }],
      ['zone', { name: 'job', pattern: '0 3 * * *', tz: '../../etc/passwd', ic: '1' }],
      ['data', { name: 'job', pattern: '0 3 * * *', data: '{', ic: '1' }],
      ['opts', { name: 'job', pattern: '0 3 * * *', opts: '[]', ic: '1' }],
      ['__proto__', { name: 'job', pattern: '0 3 * * *', ic: '1' }],
      ['a:b:c:d:0 3 * * *', {}],
    ];
    await rig.client.set(key('id'), 1);
    for (const [name, hash] of schedules) {
      await rig.client.zadd(key('repeat'), 1, name);
      if (Object.keys(hash).length > 0) await rig.client.hset(key(`repeat:${name}`), hash);
    }
    await rig.client.zadd(key('repeat'), 1, 'list');
    await rig.client.lpush(key('repeat:list'), 1);

    const { out } = await carry();

    const { schedules: tally, left } = JSON.parse(out) as {
      schedules: { stored: number };
      left: { why: string; count: number }[];
    };
    expect(tally.stored).to.equal(1);
    const counted = Object.fromEntries(left.map(({ why, count }) => [why, count]));
    expect(counted).to.deep.equal({ timing: 4, data: 1, options: 1, template: 1, key: 1 });
  });

  it('is left when it is huge, and no more of it is read', async () => {
    await put('good');
    const huge = 'x'.repeat(17 * 1_048_576);
    await put('data', { data: JSON.stringify(huge) });
    await put('progress', { progress: JSON.stringify(huge) });

    expect(await carried()).to.deep.equal({ read: 1, large: 2 });
  });

  it('harms no screen', async () => {
    for (const [at, [, name]] of HOSTILE_NAMES.entries()) await put(`n${at}`, { name });
    await put('esc', { name: '\u001b[2J\u202e' });

    const { out, err } = await apiary(['import', rig.queue, '--from', 'bullmq', '--yes']);

    expect(`${out}${err}`).to.match(/^[\P{C}\n]*$/u);
  });

  it('is not carried when that Redis goes away in the middle, and goes on when it is back', async () => {
    const redis = await startRedis();
    try {
      const there = openWorkers(redis.url);
      await there.client.set(key('id'), 1);
      for (const id of ['a', 'b']) {
        await there.client.hset(key(id), { name: 'job', data: '1', opts: '{}' });
        await there.client.lpush(key('wait'), id);
      }
      await redis.kill();
      const away = await carry('--from-redis', redis.url);
      await redis.restart();
      const back = await carry('--from-redis', redis.url);
      await there.close();

      expect(away.code).to.equal(69);
      expect(JSON.parse(back.out)).to.include({ read: 2, stored: 2 });
    } finally {
      await redis.stop();
    }
  });
});

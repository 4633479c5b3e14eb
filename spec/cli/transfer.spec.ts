import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { apiary } from '../support/command-line.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('apiary export and import', () => {
  let rig: SpecWorkers;
  let other: string;

  beforeEach(() => {
    rig = openWorkers();
    other = testQueueName();
  });

  afterEach(() => rig.close());

  const counts = (queue = rig.queue) => rig.queries(queue).counts();

  /** Jobs in four states: three that wait, one delayed, one that succeeded, one that failed. */
  async function fill(): Promise<void> {
    await rig.add('good', 'bad');
    const worker = rig.worker({
      handlers: [
        rig.handler((data: string) => {
          if (data === 'bad') throw new Error('no such card');
          return 'done';
        }),
      ],
    });
    await worker.start();
    await until(async () => (await counts()).failed + (await counts()).succeeded === 2, 'both have ended');
    await worker.stop();
    await rig.add(1, 2, 3);
    const options = { id: 'later', delayMs: 600_000, unique: { key: 'user 7' }, headers: { a: 'b' } };
    await rig.producer.addRaw({ type: 'job', queue: rig.queue, data: 'x', options });
  }

  async function exported(queue = rig.queue, ...words: string[]): Promise<string> {
    const { code, out, err } = await apiary(['export', queue, ...words]);
    expect([code, err]).to.deep.equal([0, '']);
    return out;
  }

  /** Every record of a queue, by its id. */
  const records = (queue: string) => rig.client.hgetall(queueKeys('bq', queue, false).jobs);

  it('carry signals and waits along, so that a job waits on where it comes to', async () => {
    const waits = () =>
      rig.handler(async (_data, ctx) => (await ctx.waitFor('go', { timeoutMs: 600_000 })).data);
    const [id = ''] = await rig.add(1);
    const worker = rig.worker({ handlers: [waits()] });
    await worker.start();
    await until(async () => (await counts()).delayed === 1, 'it waits');
    await worker.stop();
    const early = await rig.producer.addRaw({
      type: 'job',
      queue: rig.queue,
      data: 2,
      options: { delayMs: 600_000 },
    });
    await rig.producer.signal(early, 'go', 'early');
    const lines = await exported();

    const ran = await apiary(['import', '-', '--queue', other, '--yes'], { input: lines });
    await rig.producer.signal({ id, queue: other }, 'go', 'late');

    expect(ran.code).to.equal(0);
    expect(await counts(other), 'it is due at once').to.include({ waiting: 1, delayed: 1 });
    expect(await rig.producer.signal({ id: early.id, queue: other }, 'go')).to.include({ created: false });
    const forged = lines.replaceAll('"signals":"', '"signals":"x\\ny');
    expect(
      (await apiary(['import', '-', '--queue', testQueueName(), '--yes'], { input: forged })).code,
    ).to.equal(1);
  });

  it('carry jobs whose data have breaks of lines that JSON lets stand', async () => {
    const data = 'a\u2028b\u2029c\u0085d';
    await rig.add(data);
    const lines = await exported();

    const ran = await apiary(['import', '-', '--queue', other, '--yes'], { input: lines });

    expect(ran.code).to.equal(0);
    expect(lines.trimEnd().split('\n')).to.have.length(1);
    expect(Object.values(await records(other)).map((text) => JSON.parse(text).data)).to.deep.equal([data]);
  });

  it('carry every job with its state, its record to the letter, its time and its place in line', async () => {
    await fill();
    await rig.client.hset(
      `bq:${rig.queue}:jobs`,
      'stock',
      '{"data":{"n":12345678901234567890},"options":{"timestamp":1},"status":"created"}',
    );
    await rig.client.lpush(`bq:${rig.queue}:waiting`, 'stock');

    const file = await exported();
    const { code, out } = await apiary(['import', '-', '--queue', other, '--yes'], { input: file });

    expect([code, out]).to.deep.equal([0, '7 of 7 jobs were stored\n']);
    expect(await counts(other)).to.deep.equal(await counts());
    expect(await records(other)).to.deep.equal(await records(rig.queue));
    for (const key of ['waiting', 'succeededOrder'] as const) {
      const list = (queue: string) => rig.client.lrange(queueKeys('bq', queue, false)[key], 0, -1);
      expect(await list(other)).to.deep.equal(await list(rig.queue), key);
    }
    for (const key of ['delayed', 'failedOrder'] as const) {
      const scores = (queue: string) =>
        rig.client.zrange(queueKeys('bq', queue, false)[key], 0, '-1', 'WITHSCORES');
      expect(await scores(other)).to.deep.equal(await scores(rig.queue), key);
    }
  });

  it('let a job hold its unique key where it comes to', async () => {
    await fill();
    await apiary(['import', '-', '--queue', other, '--yes'], { input: await exported() });

    const again = { type: 'job', queue: other, data: 'y', options: { unique: { key: 'user 7' } } };

    expect(await rig.producer.addRaw(again)).to.include({ id: 'later', created: false });
  });

  it('double nothing when run twice, and go on where they were stopped', async () => {
    await fill();
    const lines = (await exported()).trimEnd().split('\n');
    const input = `${lines.join('\n')}\n`;
    await apiary(['import', '-', '--queue', other, '--yes'], {
      input: `${lines.slice(0, 2).join('\n')}\n${lines[2]?.slice(0, 40)}`,
    });

    const second = await apiary(['import', '-', '--queue', other, '--yes'], { input });
    const third = await apiary(['import', '-', '--queue', other, '--yes'], { input });

    expect(second.out).to.equal('4 of 6 jobs were stored; 2 were there already\n');
    expect(third.out).to.equal('0 of 6 jobs were stored; 6 were there already\n');
    expect(await counts(other)).to.deep.equal(await counts());
    const cursor = String(JSON.parse(lines[2] ?? '').cursor);
    expect(await exported(rig.queue, '--cursor', cursor)).to.equal(`${lines.slice(3).join('\n')}\n`);
  });

  it('carry jobs to another Redis, where they run', async () => {
    await rig.add(1, 2, 3);
    const redis = await startRedis({ appendOnly: false });
    try {
      const file = await exported();
      await apiary(['import', '-', '--yes', '--redis', redis.url], { input: file });
      const ran: unknown[] = [];
      const worker = rig.worker({
        url: redis.url,
        concurrency: 1,
        handlers: [rig.handler((data) => void ran.push(data))],
      });
      await worker.start();
      await until(() => ran.length === 3, 'they have run');
      await worker.stop();

      expect(ran).to.deep.equal([1, 2, 3]);
    } finally {
      await redis.stop();
    }
  });

  it('tell who listens of what is to run', async () => {
    await fill();
    const file = await exported();
    await rig.producer.addRaw({ type: 'job', queue: other, data: 1, options: { id: 'there' } });
    const log = queueKeys('bq', other, false).eventLog;
    const following = apiary(['events', other, '--limit', '4', '--json']);
    await until(async () => (await rig.client.exists(log)) === 1, 'somebody listens');

    await apiary(['import', '-', '--queue', other, '--yes'], { input: file });

    const lines = (await following).out.trimEnd().split('\n');
    const told = lines.map((line) => JSON.parse(line)).map(({ event, dueAt }) => [event, dueAt !== null]);
    expect(told).to.deep.equal([true, false, false, false].map((isDue) => ['added', isDue]));
  });

  it('offer what ran again', async () => {
    await rig.add(1);
    await rig.client.rpoplpush(`bq:${rig.queue}:waiting`, `bq:${rig.queue}:active`);

    await apiary(['import', '-', '--queue', other, '--yes'], { input: await exported() });

    expect(await counts(other)).to.include({ waiting: 1, active: 0 });
  });

  it('say which lines are no jobs, and store the others', async () => {
    await rig.add(1);
    const record = '{"data":1,"options":{"timestamp":1}}';
    const wrong = [
      'x',
      '[]',
      'null',
      '{}',
      `{"queue":"a","id":"","state":"waiting","record":${record}}`,
      `{"queue":"a","id":"b","state":"gone","record":${record}}`,
      '{"queue":"a","id":"b","state":"waiting","record":1}',
    ];

    const { code, out, err } = await apiary(['import', '-', '--queue', other, '--yes'], {
      input: `${wrong.join('\n')}\n${await exported()}`,
    });

    expect([code, out]).to.deep.equal([1, '1 of 1 jobs were stored; 7 lines are no jobs\n']);
    expect(err.match(/^apiary: line \d is no line of an export$/gm)).to.have.length(7);
  });

  it('change nothing without a yes', async () => {
    await rig.add(1);
    const path = join(tmpdir(), `${other}.ndjson`);
    await writeFile(path, await exported());
    try {
      const words = ['import', path, '--queue', other];
      const asked = await apiary(words, { answer: 'n' });
      const alone = await apiary(['import', '-', '--queue', other], { input: 'x' });
      const dry = await apiary([...words, '--dry-run']);

      expect([asked.code, alone.code, dry.code]).to.deep.equal([1, 2, 0]);
      expect(dry.out).to.equal('1 of 1 jobs would be stored or are there already\n');
      expect((await counts(other)).waiting).to.equal(0);
      expect((await apiary(words, { answer: 'y' })).out).to.equal('1 of 1 jobs were stored\n');
    } finally {
      await rm(path);
    }
  });

  it('refuse what is not there', async () => {
    expect((await apiary(['export', testQueueName()])).code).to.equal(3);
    await rig.add(1);
    expect((await apiary(['export', rig.queue, '--cursor', 'x'])).code).to.equal(2);
    expect((await apiary(['import', 'none.ndjson', '--yes'])).code).to.equal(2);
    expect((await apiary(['import', '--yes'])).code).to.equal(2);
    expect((await apiary(['import', '-', '--types', '{}', '--yes'])).code).to.equal(2);
  });

  it('carry schedules with their pause, and leave alone those that are there', async () => {
    const put = (name: string, queue = rig.queue, data = 'a') =>
      rig.producer.schedules.putRaw({ type: 'job', queue, name, data, cron: '0 3 * * *' });
    await put('nightly');
    await put('paused');
    await rig.producer.schedules.pause(rig.queue, 'paused', 'ada');
    const shown = async (queue: string) =>
      JSON.parse((await apiary(['schedules', 'list', queue, '--json'])).out).schedules.map(
        ({ name, nextAt, paused, data, cron }: Record<string, unknown>) => [name, nextAt, paused, data, cron],
      );
    const input = await exported();

    const { code, out } = await apiary(['import', '-', '--queue', other, '--yes'], { input });

    expect([code, out]).to.deep.equal([0, '0 of 0 jobs were stored; likewise 2 of 2 schedules\n']);
    expect(await shown(other)).to.deep.equal(await shown(rig.queue));
    await put('nightly', other, 'b');
    const again = await apiary(['import', '-', '--queue', other, '--yes', '--json'], { input });
    expect(JSON.parse(again.out).schedules).to.deep.equal({ read: 2, stored: 0, existing: 2 });
    expect((await shown(other))[0]?.[3]).to.equal('b');
  });

  it('carry limits to a queue that has none', async () => {
    await rig.add(1);
    await apiary(['limits', rig.queue, '--concurrency', '3', '--max-waiting', '100', '--key-rate', '5/s']);
    const limits = async (queue: string) =>
      JSON.parse((await apiary(['limits', queue, '--json'])).out).limits;
    const input = await exported();

    const first = await apiary(['import', '-', '--queue', other, '--yes'], { input });

    expect(first.out).to.equal('1 of 1 jobs were stored; likewise the limits of 1 of 1 queue\n');
    expect(await limits(other)).to.deep.equal(await limits(rig.queue));
    await apiary(['limits', other, '--concurrency', '7']);
    await apiary(['import', '-', '--queue', other, '--yes'], { input });
    expect((await limits(other)).concurrency).to.equal(7);
  });

  it('let jobs of groups wait in theirs, in their order, and be handed over in one call', async () => {
    const digest = (data: unknown, options: object = {}) =>
      rig.producer.addRaw({ type: 'digest', queue: rig.queue, data, options: { group: 'ada', ...options } });
    for (const data of [1, 2, 3]) await digest(data);
    await digest('later', { delayMs: 600_000 });
    const input = await exported();

    const { out } = await apiary(['import', '-', '--queue', other, '--yes'], { input });
    const again = await apiary(['import', '-', '--queue', other, '--yes'], { input });

    expect(out).to.equal('4 of 4 jobs were stored\n');
    expect(again.out).to.equal('0 of 4 jobs were stored; 4 were there already\n');
    const members = async (queue: string) => {
      const keys = queueKeys('bq', queue, false);
      const ids = await rig.client.zrange(keys.group('digest:ada'), 0, '-1');
      return Promise.all(ids.map((id) => rig.client.hget(keys.jobs, id)));
    };
    expect(await members(other)).to.deep.equal(await members(rig.queue));
    const rules = (queue: string) => rig.client.hgetall(queueKeys('bq', queue, false).groupRules);
    expect(await rules(other)).to.deep.equal(await rules(rig.queue));
  });

  it('let a stock bee-queue count its ids on behind those that came', async () => {
    const record = '{"data":1,"options":{"timestamp":1},"status":"created"}';
    const line = (id: string) =>
      `{"queue":"a","id":${JSON.stringify(id)},"state":"waiting","record":${record}}`;
    const input = ['7', '41', '12', '99999999999999999999', '1e3', 'x'].map(line).join('\n');
    const key = queueKeys('bq', other, false).id;

    await apiary(['import', '-', '--queue', other, '--yes'], { input });
    expect(await rig.client.get(key)).to.equal('41');
    await rig.client.set(key, 100);
    await apiary(['import', '-', '--queue', other, '--yes'], { input: line('60') });

    expect(await rig.client.get(key)).to.equal('100');
  });

  it('take no line for a schedule, limits or a job of a group that is none', async () => {
    const schedule = (more: object) => {
      const timing = { kind: 'every', everyMs: 1_000 };
      const whole = { name: 'n', type: 't', timing, missed: 'once', overlap: 'allow', data: 1, options: {} };
      return { queue: 'a', schedule: { ...whole, delayMs: null, unique: null, ...more } };
    };
    const cron = {
      kind: 'cron',
      cron: '* * * * *',
      timeZone: 'UTC',
      skippedTime: 'skip',
      repeatedTime: 'both',
    };
    const member = (more: object) => {
      const record = { data: 1, options: { timestamp: 1, type: 't', group: { name: 'g' } } };
      return { queue: 'a', id: 'i', group: 't:g', rule: '1 2 3 "group":{"name":"g"', at: 1, record, ...more };
    };
    const limits = (given: unknown) => ({ queue: 'a', limits: given, by: 'ada', at: 1 });
    const wrong = [
      ...[limits({ concurrency: 0 }), limits(null), limits([]), { queue: 'a', limits: {}, by: 1, at: 1 }],
      { queue: 'a', schedule: {} },
      ...[
        { name: 'a b' },
        { type: '' },
        { missed: { all: 1e9 } },
        { overlap: 7 },
        { delayMs: -1 },
        { unique: 5 },
      ],
      ...[
        { timing: { ...cron, cron: 'x' } },
        { timing: { ...cron, timeZone: '../x' } },
        { timing: { kind: 'x' } },
      ],
      ...[{ timing: { kind: 'every', everyMs: 0 } }, { timing: { kind: 'every', everyMs: 1e-9 } }],
      ...[{ timing: { ...cron, kind: 'every' } }, { timing: { kind: 'cron', everyMs: 1_000 } }],
    ].map((one) => ('queue' in one ? one : schedule(one)));
    const members = [
      ...[{ rule: '1 2 3 "x"' }, { rule: '1 2 3 }],' }, { rule: '-1 2 3 "group":{' }, { group: 't:other' }],
      ...[{ at: null }, { at: -1 }, { at: 1e300 }, { record: { data: 1, options: { timestamp: 1 } } }],
    ].map(member);
    const lines = [...wrong, ...members].map((one) => JSON.stringify(one));
    const proto = '{"queue":"a","limits":{"__proto__":1},"by":"ada","at":1}';

    const { code, out } = await apiary(['import', '-', '--queue', other, '--yes'], {
      input: [...lines, proto].join('\n'),
    });

    expect(out).to.equal(`0 of 0 jobs were stored; ${lines.length + 1} lines are no jobs\n`);
    expect(code).to.equal(1);
    expect(await rig.client.keys(`bq:${other}:*`)).to.deep.equal([]);
    const right = [schedule({}), schedule({ name: 'c', timing: cron }), member({}), limits({})];
    const taken = await apiary(['import', '-', '--queue', other, '--yes'], {
      input: right.map((one) => JSON.stringify(one)).join('\n'),
    });
    expect([taken.code, taken.out]).to.deep.equal([
      0,
      '1 of 1 jobs were stored; likewise 2 of 2 schedules and the limits of 1 of 1 queue\n',
    ]);
  });
});

import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { apiary } from '../support/command-line.ts';
import { uniqueQueueName } from '../support/queue.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('apiary export and import', () => {
  let rig: SpecWorkers;
  let other: string;

  beforeEach(() => {
    rig = openWorkers();
    other = uniqueQueueName();
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

  it('say what they leave out', async () => {
    await rig.producer.addRaw({ type: 'digest', queue: rig.queue, data: 1, options: { group: 'g' } });

    const { code, err } = await apiary(['export', rig.queue]);

    expect([code, err]).to.deep.equal([1, `1 job of queue ${rig.queue} wait in groups and were left out\n`]);
    expect((await apiary(['export', uniqueQueueName()])).code).to.equal(3);
    expect((await apiary(['export', rig.queue, '--cursor', 'x'])).code).to.equal(2);
    expect((await apiary(['import', 'none.ndjson', '--yes'])).code).to.equal(2);
  });
});

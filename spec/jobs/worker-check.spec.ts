import { expect } from 'chai';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import type { Taker } from '../../lib/engine/queries/takers.ts';
import { ApiaryError } from '../../lib/errors.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { type AddWarning, WorkerCheck } from '../../lib/jobs/worker-check.ts';
import { testApiary } from '../../lib/testing/open-kit.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { rejection } from '../support/refusal.ts';
import { patiently, until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const anything = { schema: z.unknown() };

describe('a look at who takes what is added', () => {
  const wanted = [{ queue: 'mail', type: 'email.send', path: 'type' }];
  const mailer: Taker = { queues: new Set(['mail']), types: new Map([['email.send', null]]) };
  let now: number;
  let looks: number;
  let takers: () => Promise<readonly Taker[]>;
  let check: WorkerCheck;

  beforeEach(() => {
    [now, looks] = [1_000_000, 0];
    takers = async () => [mailer];
    const read = (): Promise<readonly Taker[]> => {
      looks++;
      return takers();
    };
    check = new WorkerCheck({ clock: { ...systemClock, elapsed: () => now }, read });
  });

  const codes = async (given = wanted): Promise<string[]> =>
    [...(await check.warningsFor(given))].map(({ code }) => code);

  it('serves all adds of five seconds, and those at once', async () => {
    const first = [codes(), codes(), check.require(wanted)];
    await Promise.all(first);
    now += 4_999;

    expect(check.warningsFor(wanted)).to.deep.equal([]);
    await check.require(wanted);
    expect(looks).to.equal(1);
    now += 1;
    expect(await codes()).to.deep.equal([]);
    expect(looks).to.equal(2);
  });

  it('is made again after a second where nobody was there', async () => {
    takers = async () => [];
    expect(await codes()).to.deep.equal(['no-worker']);
    takers = async () => [mailer];

    expect(await codes()).to.deep.equal(['no-worker']);
    expect(await rejection(check.require(wanted))).to.have.property('code', 'NO_WORKER');
    now += 1_000;
    await check.require(wanted);
    expect([await codes(), looks]).to.deep.equal([[], 2]);
  });

  it('counts a worker for the queues that it serves alone', async () => {
    expect(await codes([{ queue: 'other', type: 'email.send', path: 'type' }])).to.deep.equal(['no-worker']);
    expect(await codes([{ queue: 'mail', type: 'email.sned', path: 'type' }])).to.deep.equal(['no-worker']);
  });

  it('that fails is no reason for a warning, and refuses only who asks for a worker', async () => {
    takers = () => Promise.reject(new ApiaryError('REDIS_UNAVAILABLE', 'Redis is away'));

    expect(await codes()).to.deep.equal([]);
    expect(await rejection(check.require(wanted))).to.have.property('message', 'Redis is away');
    takers = async () => [mailer];
    await check.require(wanted);
  });

  it('says each thing once, and a hundred at most', async () => {
    const many = Array.from({ length: 500 }, (_, at) => ({ queue: 'mail', type: `t${at % 250}`, path: '' }));

    expect(await codes(many.slice(0, 3).flatMap((one) => [one, one]))).to.have.length(3);
    expect(await codes(many)).to.have.length(100);
  });
});

describe('the answers of a producer that warns', () => {
  let rig: SpecWorkers;
  let producer: Producer;
  let other: string;

  beforeEach(() => {
    rig = openWorkers();
    other = testQueueName();
    producer = new Producer({ client: rig.client, warnings: true });
  });
  afterEach(() => rig.close());

  const start = async (type: string, schema: z.ZodType = z.unknown()): Promise<void> => {
    const worker = rig.worker({
      handlers: [handle(defineJob({ type, queue: rig.queue, schema }), () => null)],
    });
    await worker.start();
    await until(
      async () => (await rig.client.zcard('bq:{:presence}:index')) > 0,
      'the worker has said what it takes',
    );
  };
  const of = (warnings: readonly AddWarning[] = []) =>
    warnings.map(({ code, queue, type }) => [code, queue, type]);

  it('name the type and the queue that nobody takes, and what to do', async () => {
    await start('known');
    const { warnings = [] } = await producer.add(
      defineJob({ type: 'sned', queue: rig.queue, ...anything }),
      1,
    );

    expect(of(warnings)).to.deep.equal([['no-worker', rig.queue, 'sned']]);
    expect(warnings[0]?.message)
      .to.contain(`no live worker takes jobs of type sned from queue ${rig.queue}`)
      .and.to.contain('start one');
  });

  it('have none where a worker serves the queue and has a handler, whatever queue that names', async () => {
    await start('known');
    const known = defineJob({ type: 'known', queue: rig.queue, ...anything });

    expect(await producer.add(known, 1)).not.to.have.property('warnings');
    expect(of((await producer.add({ ...known, queue: other }, 1)).warnings)).to.deep.equal([
      ['no-worker', other, 'known'],
    ]);
  });

  it('tell of a worker that goes by another schema', async () => {
    await start('known', z.object({ a: z.string() }));
    const add = async (schema: z.ZodType<{ a: string }>) =>
      of((await producer.add(defineJob({ type: 'known', queue: rig.queue, schema }), { a: 'b' })).warnings);

    expect(await add(z.object({ a: z.string() }))).to.deep.equal([]);
    expect(await add(z.object({ a: z.string().min(1) }))).to.deep.equal([
      ['schema-differs', rig.queue, 'known'],
    ]);
    expect(await producer.addRaw({ type: 'known', queue: rig.queue, data: 1 })).not.to.have.property(
      'warnings',
    );
  });

  it('have them of many jobs, of chains and of batches', async () => {
    await start('known');
    const known = jobFor(defineJob({ type: 'known', queue: rig.queue, ...anything }), 1);
    const lost = jobFor(defineJob({ type: 'lost', queue: rig.queue, ...anything }), 1);
    const alike = await producer.addMany(lost.definition, [1, 2]);
    const planned = await producer.addMany([known, lost]);
    const chain = await producer.addChain([known, lost, lost]);
    const batch = await producer.addBatch({ jobs: [known], last: lost });

    const told = [['no-worker', rig.queue, 'lost']];
    expect(alike.map(({ warnings }) => of(warnings))).to.deep.equal([told, told]);
    expect(planned.map(({ warnings }) => of(warnings))).to.deep.equal([[], told]);
    expect([of(chain.warnings), of(batch.warnings)]).to.deep.equal([told, told]);
  });

  it('have none unless it was asked to, and then nobody looks', async () => {
    const read: string[] = [];
    const quiet = new Producer({
      client: rig.client,
      takers: async () => {
        read.push('looked');
        return [];
      },
    });
    const known = defineJob({ type: 'known', queue: rig.queue, ...anything });
    const job = jobFor(known, 1);

    expect(await quiet.add(known, 1)).not.to.have.property('warnings');
    await quiet.addMany(known, [1]);
    await quiet.addMany([job]);
    await quiet.addChain([job]);
    await quiet.addBatch({ jobs: [job], last: job });
    expect(read).to.deep.equal([]);
  });
});

describe('an add that requires a worker', () => {
  let rig: SpecWorkers;

  beforeEach(() => {
    rig = openWorkers();
  });
  afterEach(async () => {
    await rig.producer.close();
    await rig.close();
  });

  const requireWorker = true;

  it('is refused where there is none, by whatever way, and nothing is added', async () => {
    const lost = defineJob({ type: 'lost', queue: rig.queue, ...anything });
    const [plain, asking] = [jobFor(lost, 1), jobFor(lost, 1, { requireWorker })];
    const { producer, queue } = rig;
    const refusals = await Promise.all(
      [
        producer.add(lost, 1, { requireWorker }),
        producer.addRaw({ type: 'lost', queue, data: 1, options: { requireWorker } }),
        producer.addMany(lost, [1, 2], { requireWorker }),
        producer.addMany([plain, asking]),
        producer.addMany([plain], { requireWorker }),
        producer.addChain([plain, asking]),
        producer.addBatch({ jobs: [plain, asking], last: plain }),
        producer.addBatch({ jobs: [plain], last: asking }),
      ].map((one: Promise<unknown>) => rejection(one)),
    );

    for (const error of refusals) {
      expect(error).to.have.property('code', 'NO_WORKER');
      expect(error.message).to.contain('type lost').and.to.contain(`queue ${queue}`);
    }
    expect(refusals.map((error) => error.problems[0]?.path)).to.deep.equal([
      'type',
      'type',
      'type',
      '1.type',
      '0.type',
      'jobs.1.type',
      'jobs.1.type',
      'last.type',
    ]);
    expect(await rig.queries().counts()).to.include({ waiting: 0, delayed: 0 });
  });

  it('is stored as any other where there is one', async () => {
    await rig.worker({ handlers: [rig.handler(() => 'done')] }).start();
    const job = defineJob({ type: 'job', queue: rig.queue, ...anything });
    await until(
      () => rig.producer.add(job, 1, { id: 'own', requireWorker }).then(Boolean, () => false),
      'the worker has said what it takes',
    );

    expect(
      await rig.producer.waitFor({ queue: rig.queue, id: 'own' }, { timeoutMs: patiently(30_000) }),
    ).to.include({
      outcome: 'succeeded',
    });
  });

  it('is told of a name that cannot be as of any other', async () => {
    for (const type of ['\ud800', 'a b', '', Symbol('type'), null]) {
      const raw = { type: type as string, queue: rig.queue, data: 1 };
      const warned = new Producer({ client: rig.client, warnings: true });
      expect(await rejection(rig.producer.addRaw({ ...raw, options: { requireWorker } }))).to.include({
        code: 'JOB_INVALID',
      });
      expect(await rejection(warned.addRaw(raw))).to.include({ code: 'JOB_INVALID' });
    }
    const queue = '\ud800';
    const call = rig.producer.addRaw({ type: 'job', queue, data: 1, options: { requireWorker } });
    expect(await rejection(call)).to.include({ code: 'JOB_INVALID' });
  });

  it('takes true or false alone', async () => {
    const job = defineJob({ type: 'job', queue: rig.queue, ...anything });
    for (const wrong of ['yes', 1, null, {}]) {
      const error = await rejection(rig.producer.add(job, 1, { requireWorker: wrong as never }));
      expect(error).to.have.property('code', 'JOB_INVALID');
      expect(error.problems[0]?.path).to.equal('options.requireWorker');
    }
    expect(await rig.producer.add(job, 1, { requireWorker: false })).to.have.property('created', true);
  });

  it('finds the handlers of the testing kit', async () => {
    const job = defineJob({ type: 'job', ...anything });
    const kit = await testApiary({ handlers: [handle(job, () => null)] });
    try {
      await kit.producer.add(job, 1, { requireWorker });
      const lost = kit.producer.add({ ...job, type: 'lost' }, 1, { requireWorker });
      expect(await rejection(lost)).to.have.property('code', 'NO_WORKER');
      expect(await kit.drain()).to.have.length(1);
    } finally {
      await kit.close();
    }
  });
});

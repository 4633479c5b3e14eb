import { expect } from 'chai';
import type { Inspector } from '../../lib/inspector/inspector.ts';
import type { Worker } from '../../lib/worker/worker.ts';
import { openLanes, type SpecLanes, workerOf } from '../support/lanes.ts';
import type { Gate } from '../support/queues.ts';
import { until } from '../support/wait.ts';
import type { SpecWorkers } from '../support/worker.ts';

describe('telling workers how much to run', () => {
  let opened: SpecLanes;
  let specs: SpecWorkers;
  let inspector: Inspector;
  let gate: Gate;

  beforeEach(() => {
    opened = openLanes();
    ({ specs, inspector, gate } = opened);
  });
  afterEach(() => opened.close());

  const open = async (concurrency = 2): Promise<{ worker: Worker; id: string }> => {
    const worker = specs.worker({ handlers: [specs.handler(() => gate.pass())], concurrency });
    await worker.start();
    return { worker, id: await workerOf(inspector, specs.queue) };
  };

  it('pauses one: it takes nothing, and what runs goes on', async () => {
    const { worker, id } = await open();
    await specs.add('runs');
    await until(() => gate.arrived === 1, 'the first runs');

    const [paced] = await inspector.workerPace.pause(id);
    await specs.add('late');
    gate.open();
    await until(() => worker.running === 0, 'what ran has ended');

    expect(paced).to.deep.include({ id, status: 'paused', isHeeded: true });
    expect(worker.status).to.equal('paused');
    await until(async () => (await specs.queries().counts()).succeeded === 1, 'it is settled');
    expect(await specs.waiting()).to.deep.equal(['late']);
  });

  it('leaves what is added to a worker that is not paused', async () => {
    const { id } = await open();
    await inspector.workerPace.pause(id);
    await specs.worker({ handlers: [specs.handler(() => 'by the other')] }).start();

    const [job = ''] = await specs.add('for the other');

    await until(async () => (await specs.queries().job(job))?.state === 'succeeded', 'the other has run it');
    expect((await specs.queries().job(job))?.record.options.result).to.equal('by the other');
  });

  it('resumes it: what waits is run, and what is added then wakes it', async () => {
    const { worker, id } = await open();
    gate.open();
    await inspector.workerPace.pause(id);
    await specs.add('waited');

    const [paced] = await inspector.workerPace.resume(id);
    await until(async () => (await specs.queries().counts()).succeeded === 1, 'what waited has run');
    await specs.add('woke');

    await until(async () => (await specs.queries().counts()).succeeded === 2, 'what woke it has run');
    expect(paced).to.deep.include({ status: 'running', isHeeded: true });
    expect(worker.status).to.equal('running');
  });

  it('changes how many run at once, up and down', async () => {
    const { worker, id } = await open(1);
    await specs.add(...Array.from({ length: 6 }, (_, at) => at));
    await until(() => gate.arrived === 1, 'one runs');

    const [more] = await inspector.workerPace.setConcurrency(id, 4);
    await until(() => worker.running === 4, 'four run');
    const [fewer] = await inspector.workerPace.setConcurrency(id, 2);

    expect(more).to.deep.include({ concurrency: 4, isHeeded: true });
    expect(fewer).to.deep.include({ concurrency: 2, isHeeded: true });
    expect(worker.slots).to.equal(2);
    expect(worker.running).to.equal(4);
    gate.open();
    await until(async () => (await specs.queries().counts()).succeeded === 6, 'all have run');
  });

  it('reaches all workers of a host at once', async () => {
    const oursNow = async () =>
      (await inspector.workers()).filter(({ queues }) => queues[0]?.name === specs.queue);
    await open();
    await open();
    await until(async () => (await oursNow()).length === 2, 'both have said that they are there');
    const [one] = await oursNow();

    const paced = await inspector.workerPace.pause(`${one?.host}:${one?.pid}`);

    const ours = await oursNow();
    expect(ours.map(({ status }) => status)).to.deep.equal(['paused', 'paused']);
    expect(paced.map(({ id }) => id)).to.include.members(ours.map(({ id }) => id));
  });

  it('reaches one that hears nothing, when it speaks next', async () => {
    const { id } = await open();
    await specs.client.del(`bq:{:presence}:order:${id}`);
    await specs.client.set(`bq:{:presence}:order:${id}`, JSON.stringify({ token: 'unheard', paused: true }));

    await until(
      async () => (await inspector.workers()).find((one) => one.id === id)?.status === 'paused',
      'it has learnt of it',
    );
  });

  it('passes over what is no order', async () => {
    const { worker, id } = await open();
    for (const text of ['{', '5', '{"paused":true}', '{"token":1,"concurrency":-1,"paused":"yes"}']) {
      await specs.client.set(`bq:{:presence}:order:${id}`, text);
      await specs.client.publish('bq:{:presence}:orders', id);
    }
    gate.open();
    await specs.add('runs');

    await until(async () => (await specs.queries().counts()).succeeded === 1, 'it runs jobs');
    expect(worker.slots).to.equal(2);
  });

  it('refuses what names no live worker, and a number that cannot be', async () => {
    const { id } = await open();
    const refusals = await Promise.all([
      inspector.workerPace.pause('nobody').catch((error: unknown) => error),
      inspector.workerPace.setConcurrency(id, 0).catch((error: unknown) => error),
      inspector.workerPace.setConcurrency(id, Number.NaN).catch((error: unknown) => error),
    ]);

    expect(refusals[0]).to.include({ code: 'WORKER_NOT_FOUND' });
    expect(refusals[1]).to.include({ code: 'CONFIG_INVALID' });
    expect(refusals[2]).to.include({ code: 'CONFIG_INVALID' });
  });

  it('is what a worker does to itself by adjust', async () => {
    const { worker } = await open(1);
    await worker.adjust({ paused: true });
    await specs.add(1, 2, 3);
    expect(worker.status).to.equal('paused');

    await worker.adjust({ paused: false, concurrency: 3 });

    await until(() => worker.running === 3, 'three run');
    const refusal: unknown = await worker.adjust({ concurrency: 1.5 }).catch((error: unknown) => error);
    expect(refusal).to.include({ code: 'CONFIG_INVALID' });
  });

  it('gives back in order what a paused worker has read ahead', async () => {
    const all = Array.from({ length: 3_000 }, (_, at) => at);
    const ran: unknown[] = [];
    const worker = specs.worker({ handlers: [specs.handler((data) => ran.push(data))], concurrency: 2 });
    await specs.add(...all);
    await worker.start();
    await until(() => ran.length > 200, 'it reads ahead');

    await worker.adjust({ paused: true });
    await until(() => worker.running === 0, 'nothing runs');
    const before = ran.length;
    await worker.adjust({ paused: false });

    await until(() => ran.length === all.length, 'all have run');
    expect(before).to.be.lessThan(all.length);
    expect(ran).to.deep.equal(all);
  });
});

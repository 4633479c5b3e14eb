import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type JobContext, type JobDefinition } from '../../lib/jobs/define.ts';
import { type DeclaredSchedule, schedule } from '../../lib/jobs/schedule.ts';
import { refusal } from '../support/refusal.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('the schedules of a worker', () => {
  let specs: SpecWorkers;
  let inspector: Inspector;
  let Tidy: JobDefinition<{ room: string }>;
  let contexts: JobContext[];

  beforeEach(() => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
    Tidy = defineJob({ type: 'tidy', queue: specs.queue, schema: z.object({ room: z.string() }) });
    contexts = [];
  });
  afterEach(async () => {
    await specs.close();
  });

  const declare = (changes: object = {}): DeclaredSchedule =>
    schedule(Tidy, { name: 'tidy', cron: '0 0 1 1 *', data: { room: 'hall' }, ...changes });
  const worker = (...schedules: DeclaredSchedule[]) =>
    specs.worker({ handlers: [handle(Tidy, (_data, ctx) => void contexts.push(ctx))], schedules });
  const stored = () => inspector.schedules.get(specs.queue, 'tidy');
  const untilStored = (room: string, limitMs?: number) => {
    const isStored = async () => JSON.stringify((await stored())?.data) === JSON.stringify({ room });
    return until(isStored, `${room} was stored`, limitMs);
  };

  it('are stored when it starts', async () => {
    await worker(declare()).start();

    await untilStored('hall');
    expect(await stored()).to.include({ isDeclared: true, cron: '0 0 1 1 *' });
  });

  it('replace what an earlier one declared, and keep its pause', async () => {
    const first = worker(declare());
    await first.start();
    await untilStored('hall');
    await inspector.schedules.pause(specs.queue, 'tidy', 'ada');
    await first.stop();

    await worker(declare({ data: { room: 'attic' } })).start();

    await untilStored('attic');
    expect((await stored())?.paused?.by).to.equal('ada');
  });

  it('fire, and the handler is told for which tick', async () => {
    await worker(declare({ cron: '@every 1s' })).start();

    await until(() => contexts.length > 0, 'it ran');

    const { id = '', schedule: from } = contexts[0] ?? {};
    expect(from?.name).to.equal('tidy');
    expect(id).to.equal(`tidy@${new Date(from?.tick ?? 0).toISOString()}`);
    expect((await inspector.job(specs.queue, id))?.schedule).to.deep.equal(from);
  });

  it('leave the context of other jobs without a schedule', async () => {
    await worker().start();

    await specs.producer.add(Tidy, { room: 'hall' });

    await until(() => contexts.length > 0, 'it ran');
    expect(contexts[0]?.schedule).to.equal(null);
  });

  it('keep the worker from starting when the schema refuses their data', async () => {
    const refused = worker(declare({ data: { room: 5 } }));

    const error = await refused.start().catch((thrown) => thrown);

    expect(error).to.include({ code: 'JOB_INVALID' });
    expect(await stored()).to.equal(null);
  });

  it('may not be two of one name', () => {
    expect(refusal(() => worker(declare(), declare())).problems[0]?.path).to.equal('name');
  });

  it('come back when nobody lives any more who has declared them otherwise', async () => {
    await worker(declare()).start();
    await untilStored('hall');
    const newer = worker(declare({ data: { room: 'attic' } }));
    await newer.start();
    await untilStored('attic');
    await newer.stop();
    const { schedules, declarations } = queueKeys('bq', specs.queue, false);
    const fingerprint = await specs.client.hget(schedules, 'tidy:declared');

    await specs.client.zadd(declarations, 'XX', 1, `tidy:${fingerprint}`);

    // At the next time that the older one says what it declares.
    await untilStored('hall', 15_000);
  }).timeout(120_000);

  it('stay when it stops', async () => {
    const started = worker(declare());
    await started.start();
    await untilStored('hall');

    await started.stop();

    expect(await stored()).to.include({ name: 'tidy' });
  });
});

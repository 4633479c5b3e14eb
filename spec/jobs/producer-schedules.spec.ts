import { expect } from 'chai';
import { z } from 'zod';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('Producer#schedules', () => {
  let specs: SpecWorkers;
  let inspector: Inspector;
  let queue: string;
  let Tidy: JobDefinition<{ room: string }>;

  beforeEach(() => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
    queue = testQueueName();
    Tidy = defineJob({ type: 'tidy', queue, schema: z.object({ room: z.string() }) });
  });
  afterEach(async () => {
    await inspector.deleteQueue(queue, { force: true });
    await specs.close();
  });

  const daily = { name: 'daily', cron: '@daily', data: { room: 'hall' } };

  it('adds a schedule, changes it, and says which', async () => {
    const { schedules } = specs.producer;

    const first = await schedules.put(Tidy, daily);
    const same = await schedules.put(Tidy, daily);
    const changed = await schedules.put(Tidy, { ...daily, data: { room: 'attic' } });

    expect([first, same, changed]).to.deep.equal(['created', 'unchanged', 'replaced']);
    expect(await inspector.schedules.get(queue, 'daily')).to.deep.include({
      type: 'tidy',
      data: { room: 'attic' },
      cron: '@daily',
    });
  });

  it('refuses data that the schema refuses, and stores nothing', async () => {
    const data = { room: 5 } as never;

    const error = await specs.producer.schedules.put(Tidy, { ...daily, data }).catch((thrown) => thrown);

    expect(error).to.include({ code: 'JOB_INVALID' });
    expect(await inspector.schedules.list(queue)).to.deep.equal([]);
  });

  it('adds one without a definition', async () => {
    await specs.producer.schedules.putRaw({ ...daily, type: 'other', queue, data: [1] });

    expect(await inspector.schedules.get(queue, 'daily')).to.deep.include({ type: 'other', data: [1] });
  });

  it('refuses one without a definition that names no queue', async () => {
    const raw = { ...daily, type: 'other', queue: 'a queue' };

    const error = await specs.producer.schedules.putRaw(raw).catch((thrown) => thrown);

    expect(error.problems[0].path).to.equal('queue');
  });

  it('pauses, resumes and removes', async () => {
    const { schedules } = specs.producer;
    await schedules.put(Tidy, daily);

    const done = [
      await schedules.pause(queue, 'daily', 'ada'),
      await schedules.resume(queue, 'daily'),
      await schedules.remove(queue, 'daily'),
      await schedules.remove(queue, 'daily'),
    ];

    expect(done).to.deep.equal([true, true, true, false]);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Inspector } from '../lib/inspector/inspector.ts';
import { createInspector } from '../lib/open.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { moduleUrl } from './support/program.ts';
import { redisUrl } from './support/redis.ts';
import { until } from './support/wait.ts';

const SPEC_LIMIT_MS = 120_000;

describe('apiary start with schedules in its handler modules', function () {
  this.timeout(SPEC_LIMIT_MS);
  let folder: string;
  let inspector: Inspector;
  let service: ApiaryProcess;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-schedules-'));
    inspector = createInspector({ redis: redisUrl() });
  });
  afterEach(async () => {
    await service.stop();
    await inspector.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('declares them and fires them', async () => {
    const queue = testQueueName();
    const module = `
      import { defineJob, handle, schedule } from '${moduleUrl('lib/index.ts')}';
      import { z } from '${createRequire(import.meta.url).resolve('zod')}';
      const job = defineJob({ type: 'greet', queue: '${queue}', schema: z.object({ name: z.string() }) });
      export default [
        handle(job, (data, ctx) => data.name + ' at ' + ctx.schedule.tick),
        schedule(job, { name: 'greeting', cron: '@every 1s', data: { name: 'Ada' } }),
      ];`;
    await writeFile(join(folder, 'greet.mjs'), module);
    service = await startApiary(['--worker'], {
      REDIS_URL: redisUrl(),
      WORKER_HANDLERS: join(folder, 'greet.mjs'),
      WORKER_QUEUES: `${queue}=1`,
    });

    const done = async () => (await inspector.jobs(queue, { state: 'succeeded' })).jobs;
    await until(async () => (await done()).length > 0, 'one has run');

    const [job] = await done();
    expect(job?.schedule?.name).to.equal('greeting');
    expect(job?.result).to.equal(`Ada at ${job?.schedule?.tick}`);
  });
});

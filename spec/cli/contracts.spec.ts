import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { apiary, apiaryJson } from '../support/command-line.ts';
import { moduleUrl } from '../support/program.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const DEFINE = moduleUrl('lib/jobs/define.ts');
const GROUP = moduleUrl('lib/jobs/handle-group.ts');

describe('commands about contracts', () => {
  let rig: SpecWorkers;
  let folder: string;
  let file: string;

  beforeEach(async () => {
    rig = openWorkers();
    folder = await mkdtemp(join(tmpdir(), 'apiary-spec-contracts-'));
    file = join(folder, 'handlers.mjs');
    await write(
      "value?.to?.includes('@') ? { value } : { issues: [{ message: 'no address', path: ['to'] }] }",
    );
  });
  afterEach(async () => {
    await rig.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Writes a module of handlers for `job`, whose schema answers this of a value. */
  const write = (answer: string): Promise<void> =>
    writeFile(
      file,
      `import { defineJob, handle } from ${JSON.stringify(DEFINE)};
      const schema = { '~standard': { version: 1, vendor: 'spec', validate: (value) => (${answer}) } };
      export default handle(defineJob({ type: 'job', queue: ${JSON.stringify(rig.queue)}, schema }), () => null);`,
    );
  const add = async (data: unknown, options: Record<string, unknown> = {}, type = 'job'): Promise<string> =>
    (await rig.producer.addRaw({ type, queue: rig.queue, data, options })).id;
  const check = (...words: string[]) =>
    apiary(['contracts', 'check', rig.queue, ...words], {
      env: { REDIS_URL: redisUrl(), WORKER_HANDLERS: file },
    });

  it('end with 0 where every job would parse', async () => {
    await add({ to: 'a@example.com' });

    const { code, out } = await check();

    expect([code, out]).to.deep.equal([0, 'every job would parse\n1 job checked\n']);
  });

  it('name the jobs that would not parse: those that wait, are delayed or have failed', async () => {
    await add({ to: 'a@example.com' });
    const failed = await add({ to: 'failed' });
    await new Inspector({ client: rig.client }).archive(rig.queue, failed, 'spec');
    const bad = [failed, await add({ to: 'later' }, { delayMs: 60_000 }), await add(null)];

    const { code, out } = await check();

    expect(code).to.equal(1);
    for (const id of bad)
      expect(out).to.match(new RegExp(`${rig.queue} +${id} +job +\\w+ +to +no address\n`));
    expect(out).to.match(/\n4 jobs checked\n$/);
    expect((await check('--state', 'delayed')).out)
      .to.include(bad[1])
      .and.not.include(failed);
  });

  it('print them as JSON, some of them named and all counted', async () => {
    for (let at = 0; at < 5; at++) await add(at);
    await add(1, {}, 'elsewhere');

    const words = ['contracts', 'check', rig.queue, '--handlers', file, '--limit', '2'];
    const found = await apiaryJson(words, { env: { REDIS_URL: redisUrl() } });

    expect(found).to.deep.include({ checked: 5, unhandled: 1, grouped: 0, total: 5, unreadable: [] });
    expect(found).to.have.property('jobs').with.length(2);
    expect(found).to.have.nested.property('jobs[0].problems[0].path', 'to');
  });

  it('look through all queues, and past one that cannot be read', async () => {
    // Under a prefix of its own: what other specs have in the Redis that they share is not looked at.
    const prefix = rig.queue;
    const producer = new Producer({ client: rig.client, prefix });
    const { id } = await producer.addRaw({ type: 'job', queue: rig.queue, data: 1 });
    const broken = testQueueName();
    const { jobs, delayed } = queueKeys(prefix, broken, false);
    await rig.client.hset(jobs, 'x', '{}');
    await rig.client.set(delayed, 'a text');

    const { code, out } = await apiary(['contracts', 'check', '--handlers', file], {
      env: { REDIS_URL: redisUrl(), QUEUE_PREFIX: prefix },
    });

    expect(code).to.equal(1);
    expect(out).to.include(id).and.include(`queue ${broken} cannot be read: `);
  });

  it('count a schema that throws or answers late as a worker would', async () => {
    await add(1);

    await write("(() => { throw new Error('a\\u001b[2J fault'); })()");
    expect((await check()).out)
      .to.include('a\\u001b[2J fault')
      .and.not.include('\u001b');
    const other = join(folder, 'late.mjs');
    await writeFile(
      other,
      `import { defineJob, handle } from ${JSON.stringify(DEFINE)};
      const validate = async () => ({ issues: [{ message: 'late' }] });
      const schema = { '~standard': { version: 1, vendor: 'spec', validate } };
      export default handle(defineJob({ type: 'job', schema }), () => null);`,
    );
    expect((await check('--handlers', other)).out).to.match(/ data +late\n/);
  });

  it('name a record that is no job, and say of what waits in groups that it was not looked at', async () => {
    const { jobs, waiting } = queueKeys('bq', rig.queue, false);
    await rig.client.hset(jobs, 'odd', 'no JSON');
    await rig.client.lpush(waiting, 'odd');
    const gathered = defineJob({ type: 'gathered', queue: rig.queue, schema: z.any(), group: {} });
    await rig.producer.add(gathered, 1, { group: 'all' });

    const { code, out } = await check();

    expect(code).to.equal(1);
    expect(out)
      .to.match(/ odd .* not a job that bee-queue wrote\n/)
      .and.include('1 job in groups not looked at');
  });

  it('check each job of a group that was handed over', async () => {
    const gathered = defineJob({ type: 'gathered', queue: rig.queue, schema: z.any(), group: {} });
    for (const data of [{ to: 'a@example.com' }, { to: 'nobody' }])
      await rig.producer.add(gathered, data, { group: 'all' });
    await new Inspector({ client: rig.client }).groups.fire(rig.queue, { type: 'gathered', name: 'all' });
    const source = await readFile(file, 'utf8');
    const grouped = source
      .replace('{ defineJob, handle }', `{ defineJob }`)
      .replace("type: 'job'", "type: 'gathered', group: {}")
      .replace('export default handle(', 'export default handleGroup(');
    await writeFile(file, `import { handleGroup } from ${JSON.stringify(GROUP)};\n${grouped}`);

    const { code, out } = await check();

    expect(code).to.equal(1);
    expect(out).to.match(/ gathered +waiting +1\.to +no address\n1 job checked\n$/);
  });

  for (const [what, words, env, code, says] of [
    ['no handlers', [], {}, 78, /set WORKER_HANDLERS/],
    ['handlers that are not there', ['--handlers', '/none.mjs'], {}, 78, /cannot be read/],
    ['handlers that are none', [], { WORKER_HANDLERS: 'FILE' }, 1, /must default-export/],
    ['a queue that there is not', ['none-such'], { WORKER_HANDLERS: 'FILE' }, 3, /there is no queue/],
  ] as const) {
    it(`are refused for ${what}`, async () => {
      if (what === 'handlers that are none') await writeFile(file, 'export default 1;');
      const place = {
        env: { REDIS_URL: redisUrl(), ...('WORKER_HANDLERS' in env && { WORKER_HANDLERS: file }) },
      };
      const ran = await apiary(['contracts', 'check', ...words], place);

      expect([ran.code, ran.out]).to.deep.equal([code, '']);
      expect(ran.err).to.match(says);
    });
  }

  it('list who accepts what, and where workers differ', async () => {
    const words = ['contracts', '--queue', rig.queue];
    expect((await apiary(words)).out).to.equal('no live worker says that it accepts anything\n');
    for (const to of [z.string(), z.number()]) {
      const schema: z.ZodType = z.object({ to });
      const handler = handle(defineJob({ type: 'send', queue: rig.queue, schema }), () => null);
      await rig.worker({ handlers: [handler] }).start();
    }
    await until(async () => / send +2 /.test((await apiary(words)).out), 'both spoke');

    const { code, out } = await apiary(words);

    expect(code).to.equal(0);
    expect(out)
      .to.match(/^QUEUE +TYPE +WORKERS +SCHEMA\n/)
      .and.match(/differs: [0-9a-f]{16} \(1\), [0-9a-f]{16} \(1\)\n$/);
    expect(await apiaryJson(words)).to.have.nested.property('contracts[0].workerCount', 2);
  });
});

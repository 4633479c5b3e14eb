import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../support/api.ts';
import { apiary, apiaryJson } from '../support/command-line.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

/** The API for the describe that it is called in, to compare answers with. */
function withApi(): Pick<SpecApi, 'answerOf'> {
  let api: SpecApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api.close());
  return { answerOf: (operationId) => api.answerOf(operationId) };
}

describe('commands that change jobs', () => {
  const api = withApi();
  let rig: SpecWorkers;

  beforeEach(() => {
    rig = openWorkers();
  });

  afterEach(() => rig.close());

  /** Adds jobs that fail at once; resolves with their ids. */
  async function failed(count: number): Promise<string[]> {
    const ids = await rig.add(...Array.from({ length: count }, (_, at) => at));
    const worker = rig.worker({
      handlers: [
        rig.handler(() => {
          throw new Error('no such card');
        }),
      ],
    });
    await worker.start();
    await until(async () => (await counts()).failed === count, 'they have failed');
    await worker.stop();
    return ids;
  }

  function counts() {
    return rig.queries().counts();
  }

  it('move to another queue, warn where nobody serves it, and name what stays', async () => {
    const to = testQueueName();
    const [one = ''] = await rig.add(1, 2, 3);
    const Task = defineJob({ type: 'job', queue: rig.queue, schema: z.number() });
    const tied = await rig.producer.add(Task, 4, { unique: { key: 'k' } });

    const single = await apiary(['move', rig.queue, one, '--to', to]);
    expect(single.code).to.equal(0);
    expect(single.err).to.include(`no live worker is known to serve queue ${to}`);
    const looked = await apiary(['move', rig.queue, '--state', 'waiting', '--to', to, '--dry-run']);
    expect([looked.code, looked.out]).to.deep.equal([0, '3 jobs would be moved\n']);
    const all = await apiary(['move', rig.queue, '--state', 'waiting', '--to', to, '--yes']);
    expect([all.code, all.out.split('\n')[0]]).to.deep.equal([1, '2 of 3 jobs moved']);
    expect(all.out).to.include(`job ${tied.id} was not moved: it has a unique key`);
    const alone = await apiary(['move', rig.queue, tied.id, '--to', to]);
    expect([alone.code, alone.err]).to.satisfy(
      ([code, err]: [number, string]) => code === 1 && err.includes('it has a unique key'),
    );
    for (const words of [[], ['--to', 'a b'], ['--to', rig.queue]])
      expect((await apiary(['move', rig.queue, tied.id, ...words])).code).to.equal(2);
  });

  it('retry slowly, those of one kind alone', async () => {
    await failed(3);
    const words = ['retry', rig.queue, '--state', 'failed', '--per-minute'];
    expect((await apiary([...words, '0', '--yes'])).code).to.equal(2);
    expect((await apiary(['retry', rig.queue, 'x', '--per-minute', '2'])).code).to.equal(2);
    expect((await apiary([...words, '1', '--kind', 'nonsense', '--yes'])).code).to.equal(2);
    expect((await apiary([...words, '1', '--kind', '0'.repeat(16), '--yes'])).out).to.include('no such jobs');
    expect((await apiary([...words, '1', '--yes'])).code).to.equal(0);
    expect((await counts()).delayed).to.be.at.least(2);
  });

  it('cancel with a reason, which is kept with the job', async () => {
    const [id = '', other = ''] = await rig.add(1, 2);

    await apiaryJson(['cancel', rig.queue, id, '--reason', 'ordered twice']);
    await apiaryJson(['cancel', rig.queue, '--state', 'waiting', '--reason', 'shop closed', '--yes']);

    const why = async (which: string) =>
      (await rig.queries().job(which))?.record.options.errors?.[0]?.message.split(': ')[1];
    expect([await why(id), await why(other)]).to.deep.equal(['ordered twice', 'shop closed']);
    expect((await apiary(['cancel', rig.queue, id, '--reason', 'x'.repeat(501)])).code).to.equal(2);
  });

  it('give one a signal with data, which counts once', async () => {
    const [id = ''] = await rig.add(1);
    const words = ['signal', rig.queue, id, '--name', 'approved', '--data', '{"by":"ann"}'];

    const first = await apiaryJson(words);
    const second = await apiary(words);

    expect(api.answerOf('signalJob').parse(first)).to.deep.equal({ id, signal: 'approved', created: true });
    expect([second.code, second.out]).to.deep.equal([
      0,
      `Job ${id} had a signal of that name already, which counts.\n`,
    ]);
    expect((await apiary(['signal', rig.queue, id])).code, 'without a name').to.equal(2);
    expect((await apiary(['signal', rig.queue, 'nobody', '--name', 'go'])).code).to.equal(3);
    expect((await apiary([...words.slice(0, 5), '--dry-run'])).out).to.contain(
      'would be given the signal approved',
    );
    expect((await apiary(['remove', rig.queue, id])).code).to.equal(0);
  });

  it('add a line to the log of a job', async () => {
    const [id = ''] = await rig.add(1);
    const words = ['log', rig.queue, id, '--message', 'sent by hand', '--level', 'warn'];

    const dry = await apiary([...words, '--dry-run']);
    expect(api.answerOf('logToJob').parse(await apiaryJson(words))).to.deep.equal({ id, logged: true });

    const lines = (await rig.queries().job(id))?.record.options.logs;
    expect(lines?.map(({ level, message }) => [level, message.split(': ')[1]])).to.deep.equal([
      ['warn', 'sent by hand'],
    ]);
    expect(dry.out).to.include('would be added');
    expect((await apiary(['log', rig.queue, id])).code).to.equal(2);
    expect((await apiary(['log', rig.queue, 'none', '--message', 'x'])).code).to.equal(3);
  });

  it('do it to one job, and answer as the HTTP API does', async () => {
    const [id = ''] = await failed(1);

    expect(api.answerOf('retryJob').parse(await apiaryJson(['retry', rig.queue, id]))).to.include({ id });
    expect(api.answerOf('cancelJob').parse(await apiaryJson(['cancel', id]))).to.include({
      id,
      was: 'waiting',
    });
    expect(api.answerOf('removeJob').parse(await apiaryJson(['remove', id]))).to.include({
      id,
      state: 'failed',
    });
    expect(await counts()).to.include({ waiting: 0, failed: 0 });
  });

  it('do it to several only with --yes, or a yes', async () => {
    const ids = await failed(2);
    const words = ['retry', rig.queue, ...ids];

    const refused = await apiary(words);
    const declined = await apiary(words, { answer: 'n' });
    expect([refused.code, declined.code, (await counts()).failed]).to.deep.equal([2, 1, 2]);
    expect(refused.err).to.equal('apiary: to retry 2 jobs, give --yes; to look first, --dry-run\n');
    expect(declined.err).to.match(/^retry 2 jobs\? \[y\/N\] /);

    const agreed = await apiary(words, { answer: 'y' });
    expect([agreed.code, (await counts()).waiting]).to.deep.equal([0, 2]);
    expect(agreed.out).to.equal(ids.map((id) => `Job ${id} will run again.\n`).join(''));
  });

  it('read ids from standard input', async () => {
    const ids = await failed(3);

    const { code, out } = await apiary(['retry', rig.queue, '-', '--yes', '--json'], {
      input: `${ids.join('\n')}\n`,
    });

    expect(code).to.equal(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => api.answerOf('retryJob').parse(JSON.parse(line)))).to.deep.equal(
      ids.map((id) => ({ id, retried: true })),
    );
    expect((await apiary(['cancel', '-', '--yes'], { input: ids.join('\n') })).code).to.equal(0);
  });

  it('go on behind what they cannot do, and say so', async () => {
    const [id = ''] = await failed(1);
    const [waiting = ''] = await rig.add('x');

    const { code, out, err } = await apiary(['retry', rig.queue, 'none', waiting, id, '--yes']);

    expect(code).to.equal(1);
    expect(out).to.equal(`Job ${id} will run again.\n`);
    expect(err).to.include(`queue ${rig.queue} has no job none\n`).and.include(`job ${waiting} is waiting`);
    expect((await apiary(['retry', rig.queue, 'none'])).code).to.equal(3);
    expect((await apiary(['retry', 'none'])).code).to.equal(3);
  });

  it('do it to all that pass a filter, once their number is agreed to', async () => {
    await failed(3);
    const words = ['retry', rig.queue, '--state', 'failed', '--error', 'such card'];

    expect(api.answerOf('retryJobs').parse(await apiaryJson([...words, '--dry-run']))).to.deep.equal({
      matched: 3,
      done: 0,
    });
    const asked = await apiary(words, { answer: '' });
    expect([asked.code, asked.err]).to.deep.equal([
      1,
      `retry 3 jobs of queue ${rig.queue}? [y/N] apiary: nothing was changed\n`,
    ]);
    expect((await counts()).failed).to.equal(3);

    const { code, out } = await apiary([...words, '--yes']);
    expect([code, out]).to.deep.equal([0, '3 of 3 jobs retried\n']);
    expect((await apiary([...words, '--yes'])).out).to.equal('there are no such jobs\n');
  });

  it('change nothing with --dry-run', async () => {
    const [id = ''] = await rig.add(1);
    const dry: readonly string[][] = [
      ['remove', rig.queue, id],
      ['cancel', rig.queue, id],
      ['archive', rig.queue, '--state', 'waiting'],
      ['edit', rig.queue, id, '--data', '2'],
      ['add', 'job', '1', '--queue', rig.queue],
      ['pause', rig.queue],
      ['limits', rig.queue, '--concurrency', '1'],
    ];

    for (const words of dry)
      expect((await apiary([...words, '--dry-run'])).code).to.equal(0, words.join(' '));

    expect(await rig.waiting()).to.deep.equal([1]);
    expect(await rig.queries().paused()).to.equal(null);
    expect((await apiary(['limits', rig.queue])).out).to.equal('none\n');
  });

  it('refuse what could be meant otherwise', async () => {
    await rig.add(1);
    for (const words of [
      ['retry'],
      ['retry', rig.queue, 'a', '--state', 'failed'],
      ['retry', '--state', 'failed'],
      ['retry', rig.queue, '--state', 'waiting'],
      ['edit', rig.queue, 'a'],
      ['limits', rig.queue, '--lift', '--concurrency', '1'],
      ['limits', rig.queue, '--rate', '5'],
    ]) {
      const { code, err } = await apiary([...words, '--yes']);
      expect([code, err.trimEnd().split('\n').length]).to.deep.equal([2, 1], words.join(' '));
    }
  });

  it('edit data and time', async () => {
    const { id } = await rig.producer.addRaw({
      type: 'job',
      queue: rig.queue,
      data: 1,
      options: { delayMs: 60_000 },
    });

    const data = await apiary(['edit', rig.queue, id, '--data', '-'], { input: '{"to":"ada"}' });
    const time = await apiary(['edit', id, '--run-at', '2030-01-31T09:00:00Z']);

    expect([data.code, time.code]).to.deep.equal([0, 0]);
    const stored = await rig.queries().job(id);
    expect(stored?.record.data).to.deep.equal({ to: 'ada' });
    expect(stored?.dueAt).to.equal(Date.parse('2030-01-31T09:00:00Z'));
  });

  it('are noted, with who did it', async () => {
    const [id = ''] = await rig.add(1);
    await apiary(['archive', rig.queue, id]);
    await apiary(['archive', rig.queue, id]);

    const { out } = await apiary(['audit', '--queue', rig.queue]);

    const rows = out.split('\n').filter((row) => row.includes(id));
    expect(rows).to.have.length(2);
    expect(rows[0]).to.match(/ {2}cli +archive .* refused /);
    expect(rows[1]).to.match(/ {2}cli +archive .* done /);
  });
});

describe('apiary add', () => {
  const api = withApi();
  let rig: SpecWorkers;

  before(() => {
    rig = openWorkers();
  });

  after(() => rig.close());

  it('adds a job of a priority, which is changed later', async () => {
    const optionsOf = async () => (await rig.queries().job('first'))?.record.options;
    await apiary(['add', 'job', '1', '--queue', rig.queue, '--id', 'first', '--priority', '0', '--front']);
    expect(await optionsOf()).to.include({ priority: 0, front: true });

    const { code } = await apiary(['edit', rig.queue, 'first', '--priority', '9']);

    expect(code).to.equal(0);
    expect(await optionsOf()).to.include({ priority: 9, front: true });
  });

  it('adds a job, and finds the one that was there', async () => {
    const words = ['add', 'email.send', '{"to":"ada"}', '--queue', rig.queue, '--id', 'a1', '--delay', '5m'];

    const first = api.answerOf('addJob').parse(await apiaryJson(words));
    const second = api.answerOf('addJob').parse(await apiaryJson(words));

    expect(first).to.include({
      id: 'a1',
      queue: rig.queue,
      type: 'email.send',
      state: 'delayed',
      created: true,
    });
    expect(second).to.deep.equal({ ...Object(first), created: false });
    expect((await rig.queries().job('a1'))?.record.data).to.deep.equal({ to: 'ada' });
  });

  it('says that no live worker takes it, and adds nothing where one is required', async () => {
    const words = ['add', 'sned', '1', '--queue', rig.queue, '--id', 'lost'];
    const lack = `no live worker takes jobs of type sned from queue ${rig.queue}; start one`;

    const refused = await apiary([...words, '--require-worker']);
    expect([refused.code, refused.out]).to.deep.equal([1, '']);
    expect(refused.err).to.contain(lack);
    expect(await rig.queries().job('lost')).to.equal(null);
    const added = await apiary(words);
    expect([added.code, added.out]).to.deep.equal([0, `Job lost was added to queue ${rig.queue}.\n`]);
    expect(added.err).to.contain(lack);
  });

  it('asks for a queue where no live worker knows the type, and knows it from one that does', async () => {
    // A type of its own: workers of other specs, which have just ended, may have the common one.
    const type = `asked.${rig.queue}`;
    const asked = await apiary(['add', type, '1']);
    expect([asked.code, asked.err]).to.deep.equal([
      2,
      `apiary: give --queue for type ${type}: no live worker has a handler for it\n`,
    ]);

    const worker = rig.worker({
      handlers: [handle(defineJob({ type, queue: rig.queue, schema: z.any() }), () => 'done')],
    });
    await worker.start();
    const isSeen = async () => (await apiary(['workers', '--queue', rig.queue])).out.includes('STATUS');
    await until(isSeen, 'it is seen');
    expect((await apiary(['add', type, '1'])).out).to.include(`was added to queue ${rig.queue}`);
    await worker.stop();
  });

  for (const [what, words, says] of [
    ['data that are no JSON', ['{to:1}'], /the data cannot be used/],
    ['numbers that JavaScript would change', ['{"id":12345678901234567890}'], /would be changed/],
    ['a file that is not there', ['@none.json'], /cannot be read/],
    ['an option that there is not', ['1', '--options', '{"colour":1}'], /colour/],
    ['options that are none', ['1', '--options', '[]'], /must be a JSON object/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, err } = await apiary(['add', 'job', ...words, '--queue', rig.queue]);

      expect(code).to.equal(2);
      expect(err)
        .to.match(says)
        .and.match(/^apiary: .*\n$/);
    });
  }
});

describe('commands that change queues and schedules', () => {
  const api = withApi();
  let rig: SpecWorkers;

  before(async () => {
    rig = openWorkers();
    await rig.add(1);
  });

  after(() => rig.close());

  it('pause a queue and let it go on', async () => {
    const paused = api.answerOf('pauseQueue').parse(await apiaryJson(['pause', rig.queue]));
    const again = await apiary(['pause', rig.queue]);
    const resumed = api.answerOf('resumeQueue').parse(await apiaryJson(['resume', rig.queue]));

    expect(paused).to.deep.equal({ queue: rig.queue, paused: true, changed: true });
    expect([again.code, again.out]).to.deep.equal([0, `queue ${rig.queue} is paused already\n`]);
    expect(resumed).to.deep.equal({ queue: rig.queue, paused: false, changed: true });
    expect((await apiary(['pause', testQueueName()])).code).to.equal(3);
  });

  it('set some limits beside those that there are, and lift all', async () => {
    await apiary(['limits', rig.queue, '--concurrency', '5', '--key-rate', '10/m']);
    await apiary(['limits', rig.queue, '--rate', '100/s', '--key-concurrency', '1']);

    const { out } = await apiary(['limits', rig.queue]);
    expect(out).to.include(
      '5 at a time, 100 starts per 1 s; per key 1 at a time, 10 starts per 1 min; set by ',
    );
    expect((await apiary(['limits', rig.queue, '--lift'])).code).to.equal(0);
    expect((await apiary(['limits', rig.queue])).out).to.equal('none\n');
  });

  it('put a schedule, pause, resume, fire and remove it', async () => {
    const name = ['nightly'];
    const run = (...words: string[]) => apiary(['schedules', ...words]);
    const put = [
      'put',
      rig.queue,
      ...name,
      'report',
      '{"day":1}',
      '--cron',
      '0 3 * * *',
      '--time-zone',
      'Europe/Berlin',
      '--starts-at',
      '2090-01-31T09:00:00Z',
    ];

    expect((await run(...put)).out).to.match(/created/);
    expect((await run('next', rig.queue, ...name)).out).to.include('2090-02-01');
    expect((await run('pause', rig.queue, ...name)).out).to.equal('Schedule nightly is paused.\n');
    expect((await run('resume', rig.queue, ...name)).code).to.equal(0);
    expect((await run('fire', rig.queue, ...name)).out).to.match(
      /^Schedule nightly fired: job nightly@\S+ was added\.$/m,
    );
    expect((await run('remove', rig.queue, ...name)).code).to.equal(0);
    expect((await run('remove', rig.queue, ...name)).code).to.equal(3);
    expect((await run('fire', rig.queue, ...name)).code).to.equal(3);
    expect((await run('put', rig.queue, 'x', 'report', '--cron', 'never')).code).to.equal(2);
  });
});

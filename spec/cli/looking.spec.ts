import { expect } from 'chai';
import { z } from 'zod';
import { announce, takeLeave, type WorkerInfo } from '../../lib/engine/queries/presence.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobSchema, jobPageSchema as pageSchema } from '../../lib/server/api/api-schemas.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { apiary, apiaryJson } from '../support/command-line.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('commands that look at jobs', () => {
  let rig: SpecWorkers;
  let failed: string;
  let waiting: string;

  before(async () => {
    rig = openWorkers();
    const worker = rig.worker({
      handlers: [
        rig.handler(() => {
          throw new TypeError('no\u001b[2J such card');
        }),
      ],
    });
    [failed = ''] = await rig.add({ to: 'ada' });
    await worker.start();
    await until(async () => (await rig.queries().counts()).failed === 1, 'the job has failed');
    await worker.stop();
    [waiting = ''] = await rig.add('later');
  });

  after(() => rig.close());

  it('show a job with its timeline, its data and its error, and harm no screen', async () => {
    const { code, out } = await apiary(['job', rig.queue, failed]);

    expect(code).to.equal(0);
    expect(out)
      .to.match(/^state +failed$/m)
      .and.match(/^outcome +failed$/m)
      .and.match(/^kind of failure +[0-9a-f]{16}$/m);
    expect(out)
      .to.match(/timeline:\n {2}WHEN +WHAT\n/)
      .and.match(/attempt 1 failed/);
    expect(out).to.match(/data:\n {2}\{\n {4}"to": "ada"\n {2}\}/);
    expect(out).to.include('TypeError: no\\u001b[2J such card').and.not.include('\u001b');
  });

  it('take the id of a job alone, where one queue has it', async () => {
    const alone = jobSchema.parse(await apiaryJson(['job', failed]));

    expect(alone).to.deep.equal(await apiaryJson(['job', rig.queue, failed]));
    expect((await apiary(['why', failed])).out).to.equal('it has finished: failed\n');
  });

  it('ask which is meant, where two queues have the id', async () => {
    const id = `twin-${testQueueName()}`;
    const queues = [rig.queue, testQueueName()];
    for (const queue of queues) await rig.producer.addRaw({ type: 'job', queue, data: 1, options: { id } });

    const { code, err } = await apiary(['job', id]);

    expect(code).to.equal(2);
    for (const queue of queues) expect(err).to.include(queue);
    expect((await apiary(['job', queues[1] ?? '', id])).code).to.equal(0);
  });

  it('end with 3 where there is no such job', async () => {
    for (const words of [
      ['job', 'none'],
      ['job', rig.queue, 'none'],
      ['why', rig.queue, 'none'],
      ['why', 'none'],
    ]) {
      expect((await apiary(words)).code).to.equal(3, words.join(' '));
    }
  });

  it('tell why a job is not running', async () => {
    const { code, out } = await apiary(['why', rig.queue, waiting]);

    expect(code).to.equal(0);
    expect(out).to.include(`no live worker serves queue ${rig.queue}\n`);
    const reasons = z.object({ reasons: z.array(z.looseObject({ reason: z.string(), text: z.string() })) });
    expect(reasons.parse(await apiaryJson(['why', rig.queue, waiting])).reasons[0]?.reason).to.equal(
      'unserved',
    );
  });

  it('list jobs of all states, or those that are asked for', async () => {
    const all = await apiary(['jobs', rig.queue]);
    expect(all.out).to.match(/^JOB +QUEUE +TYPE +STATE +ATTEMPTS +ADDED +ENDED +ERROR$/m);
    for (const id of [failed, waiting]) expect(all.out).to.include(id);

    for (const words of [
      ['--state', 'failed'],
      ['--error', 'such card'],
      ['--field', 'to=ada'],
    ]) {
      const { out } = await apiary(['jobs', rig.queue, ...words]);
      expect(out).to.include(failed, words.join(' ')).and.not.include(waiting);
    }
    expect((await apiary(['jobs', testQueueName()])).code).to.equal(3);
  });

  it('go on where a page of jobs ended', async () => {
    const first = pageSchema.parse(await apiaryJson(['jobs', rig.queue, '--limit', '1']));
    const rest = ['jobs', rig.queue, '--cursor', first.cursor ?? ''];
    const second = pageSchema.parse(await apiaryJson(rest));

    expect(first.jobs).to.have.length(1);
    expect(second.jobs.map(({ id }) => id)).not.to.include(first.jobs[0]?.id);
    expect((await apiary(['jobs', rig.queue, '--limit', '1'])).err).to.match(/^there are more: --cursor /);
  });

  it('search by id everywhere, and by anything in a queue', async () => {
    expect((await apiary(['search', failed])).out).to.include(rig.queue);
    expect((await apiary(['search', 'none'])).code).to.equal(3);
    const { out } = await apiary(['search', '--queue', rig.queue, '--type', 'job', '--state', 'waiting']);
    expect(out)
      .to.include(waiting)
      .and.match(/ jobs were looked at\n$/)
      .and.not.include(failed);
    for (const words of [
      [],
      ['x', '--queue', rig.queue],
      ['x', '--type', 'job'],
      ['--queue', rig.queue, '--field', 'x'],
    ])
      expect((await apiary(['search', ...words])).code).to.equal(2, words.join(' '));
  });

  it('group failures by what they are', async () => {
    const { code, out } = await apiary(['failures', rig.queue]);

    expect(code).to.equal(0);
    const [, row = ''] = out.split('\n');
    expect(row)
      .to.match(/^ +1 {2}open +job +no\\u001b\[2J such card {2}/)
      .and.include(failed);
  });

  it('show one kind of failure, and say something of it', async () => {
    const list = await apiary(['failures', rig.queue]);
    const fingerprint = /[0-9a-f]{16}$/m.exec(list.out)?.[0] ?? '';
    const said = await apiary([
      'failures',
      rig.queue,
      fingerprint,
      '--resolve',
      '--in-version',
      '1.4.2',
      '--note',
      'seen',
    ]);
    const { code, out } = await apiary(['failures', rig.queue, fingerprint]);

    expect(said).to.include({ code: 0 });
    expect(said.out).to.equal(`This kind of failure of queue ${rig.queue} is resolved in version 1.4.2.\n`);
    expect(code).to.equal(0);
    expect(out)
      .to.match(/^state +resolved, said \S+ in version 1\.4\.2 .*: seen$/m)
      .and.match(/^jobs +1 of the newest 1 of 1 failed job$/m)
      .and.include(failed);
    for (const [words, exit] of [
      [[fingerprint, '--ignore', '--resolve'], 2],
      [[fingerprint, '--note', 'x'], 2],
      [[fingerprint, '--ignore', '--in-version', '1'], 2],
      [['--ignore'], 2],
      [['f'.repeat(16)], 3],
    ] as const)
      expect((await apiary(['failures', rig.queue, ...words])).code).to.equal(exit, words.join(' '));
  });

  it('list live workers, with what each runs', async () => {
    const worker = rig.worker({ handlers: [rig.handler(() => 'done')] });
    await worker.start();
    await until(
      async () => (await apiary(['workers', '--queue', rig.queue])).out.includes('STATUS'),
      'it is seen',
    );

    const { out } = await apiary(['workers', '--queue', rig.queue]);

    expect(out).to.match(/^\S+:\d+ +running +.*0 of 4/m);
    await worker.stop();
  });

  it('say of a worker for how long which job blocks it', async () => {
    const { client, queue } = rig;
    const info: WorkerInfo = {
      ...{
        id: queue,
        host: 'here',
        pid: 7,
        version: '1',
        startedAt: 1,
        queues: [{ name: queue, weight: 1 }],
      },
      ...{ strict: false, concurrency: 4, status: 'running', handlers: [], runningCount: 0, running: [] },
      ...{ blockedSince: Date.now() - 20_500, blockedBy: { queue, id: 'j7', type: 'job', attempt: 1 } },
    };
    await announce({ client, prefix: 'bq' }, info);

    const { out } = await apiary(['workers', '--queue', queue]);
    const { out: findings } = await apiary(['doctor']);

    expect(out).to.match(new RegExp(`^here:7 +running, blocked for 2\\d s by job ${queue} j7 `, 'm'));
    expect(findings).to.match(
      new RegExp(
        `the handler of job j7 \\(job, queue ${queue}\\) blocks the event loop of here:7 for 2\\d s`,
        'm',
      ),
    );
    await takeLeave({ client, prefix: 'bq' }, queue);
  });

  it('list the processes of one parent below it, with their slots added up', async () => {
    const handlers = [rig.handler(() => 'done')];
    const workers = [2, 1].map((number) => rig.worker({ handlers, place: { number, of: 3, parent: 7 } }));
    for (const worker of workers) await worker.start();
    const listed = async () => (await apiary(['workers', '--queue', rig.queue])).out;
    await until(async () => (await listed()).includes('2 of 3'), 'both are seen');

    const lines = (await listed()).split('\n').slice(1, 4);

    expect(lines[0]).to.match(/^\S+:7 +2 of 3 +0 of 8 *$/);
    expect(lines[1]).to.match(/^ {2}1 \S+:\d+ +running .* 0 of 4 /);
    expect(lines[2]).to.match(/^ {2}2 \S+:\d+ +running .* 0 of 4 /);
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  it('say what came and ended', async () => {
    const { code, out } = await apiary(['stats', rig.queue, '--days', '2']);

    expect(code).to.equal(0);
    expect(out)
      .to.match(/^come in a minute/m)
      .and.match(/^wait or run +\d+$/m)
      .and.match(/^DAY +ENDED +SUCCEEDED +FAILED$/m);
    expect(out.trimEnd().split('\n').length).to.equal(7);
  });
});

describe('commands that look at what jobs are tied to', () => {
  let rig: SpecWorkers;

  before(() => {
    rig = openWorkers();
  });

  after(() => rig.close());

  it('list schedules, and when they fire', async () => {
    await rig.producer.schedules.putRaw({
      name: 'nightly',
      type: 'report',
      queue: rig.queue,
      cron: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      data: {},
    });

    const list = await apiary(['schedules', rig.queue]);
    expect(list.out).to.match(/^nightly +\S+ +report +0 3 \* \* \* Europe\/Berlin +in /m);
    expect(await apiary(['schedules', 'list', rig.queue])).to.deep.equal(list);
    const next = await apiary(['schedules', 'next', rig.queue, 'nightly', '--count', '2']);
    expect(next.out.match(/T03:00:00 /g)).to.have.length(2);
    expect((await apiary(['schedules', 'next', rig.queue, 'none'])).code).to.equal(3);
  });

  it('list groups', async () => {
    const options = { group: 'g1' };
    await rig.producer.addRaw({ type: 'digest', queue: rig.queue, data: 1, options });

    const { out } = await apiary(['groups', rig.queue]);

    expect(out).to.match(/^g1 +digest +1 +/m);
  });

  it('draw a workflow as a tree, and list it', async () => {
    const raw = { queue: rig.queue, schema: z.any() };
    const part = defineJob({ type: 'part', ...raw });
    const { id } = await rig.producer.addWorkflow(({ job }) => {
      const first = job('first', part, 1);
      const second = job('second', part, 2, { after: [first] });
      job('third', part, 3, { after: [first, second], when: 'ended' });
    });

    const { out } = await apiary(['workflow', id, '--queue', rig.queue]);

    expect(out)
      .to.match(/^state +running$/m)
      .and.match(/^steps +3, of which 3 have not ended$/m);
    expect(out).to.match(/^first +waiting +part +\S+$/m);
    expect(out).to.match(/^└─ second +awaiting +part +\S+$/m);
    expect(out).to.match(/^ {3}└─ third +awaiting +part +\S+ +when ended, also first$/m);
    const listed = await apiary(['workflows', rig.queue]);
    expect(listed.out).to.match(new RegExp(`^${id} +running +3 +3 +0 `, 'm'));
    expect((await apiary(['workflow', 'none'])).code).to.equal(3);
    expect((await apiary(['workflow', id, '--cancel', '--retry'])).code).to.equal(2);
  });

  it('say that there are none', async () => {
    expect((await apiary(['batches', rig.queue])).out).to.equal(`queue ${rig.queue} has no batches\n`);
    expect((await apiary(['batches', rig.queue, 'none'])).code).to.equal(3);
  });
});

import { once } from 'node:events';
import { expect } from 'chai';
import { z } from 'zod';
import { companionClient } from '../../lib/engine/connections.ts';
import { ActiveJob } from '../../lib/engine/pump/active-job.ts';
import type { StoredLogLine, StoredOptions } from '../../lib/engine/record/record.ts';
import { RetryLater } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, type JobContext, untyped } from '../../lib/jobs/define.ts';
import { LOG_LEVELS } from '../../lib/logger.ts';
import { closeClient } from '../../lib/redis/connect.ts';
import { ArenaQueue } from '../../lib/server/arena/arena-queue.ts';
import { HandlerContext } from '../../lib/worker/context.ts';
import { jobOf, openEngine, take } from '../support/engine.ts';
import { recordingLog, silentLog } from '../support/log.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const definition = untyped(defineJob({ type: 'job', schema: z.any() }));

describe('the log of a job', () => {
  let specs: SpecWorkers;

  beforeEach(() => {
    specs = openWorkers();
  });
  afterEach(() => specs.close());

  /** Runs one job with this handler until it has succeeded; resolves with what is stored under its options. */
  async function optionsAfter(run: (ctx: JobContext) => unknown): Promise<StoredOptions> {
    const worker = specs.worker({ handlers: [specs.handler((_, ctx) => run(ctx))] });
    const [id = ''] = await specs.add(1);
    await worker.start();
    await until(async () => (await specs.queries().job(id))?.state === 'succeeded', 'it has succeeded');
    return stored(id);
  }
  const stored = async (id: string): Promise<StoredOptions> =>
    (await specs.queries().job(id))?.record.options ?? expect.fail(`there is no job ${id}`);
  const messagesOf = ({ logs = [] }: StoredOptions): string[] => logs.map(({ message }) => message);

  it('is kept with the job from info up, newest last, and nothing else', async () => {
    const before = Date.now();
    const { logs = [] } = await optionsAfter(({ log }) => {
      for (const level of LOG_LEVELS) log[level](`at ${level}`);
    });

    const levels: StoredLogLine['level'][] = ['info', 'warn', 'error', 'fatal'];
    expect(logs.map(({ level, message }) => [level, message])).to.deep.equal(
      levels.map((level) => [level, `at ${level}`]),
    );
    for (const { at } of logs) expect(at).to.be.within(before - 1_000, Date.now() + 1_000);
  });

  it('has the fields in its lines, those of a child too, without secrets', async () => {
    const options = await optionsAfter(({ log }) => {
      const child = log.child({ part: 1, token: 'hush' }).child({ step: 'two words' });
      child.warn('slow', { url: 'https://user:hush@host/', err: new Error('no luck') });
    });

    expect(messagesOf(options)).to.deep.equal([
      'slow  part=1 token=*** step="two words" url=https://***@host/ err="no luck"',
    ]);
  });

  it('goes to the log of the process as before', async () => {
    const { log, records } = recordingLog();
    const worker = specs.worker({
      handlers: [specs.handler((_, ctx) => ctx.log.info('said', { n: 1 }))],
      log,
    });
    const [id = ''] = await specs.add(1);
    const ended = once(worker.events, 'job:succeeded');

    await worker.start();
    await ended;

    const said = records.find(({ message }) => message === 'said');
    expect(said?.fields).to.deep.equal({ queue: specs.queue, type: 'job', id, attempt: 1, n: 1 });
  });

  it('keeps the newest hundred lines of 500 characters, and counts the others', async () => {
    const options = await optionsAfter(({ log }) => {
      for (let line = 1; line <= 103; line++) log.info(`${line} ${'x'.repeat(600)}`);
    });

    const messages = messagesOf(options);
    expect(messages.map((message) => Number.parseInt(message, 10))).to.deep.equal(
      Array.from({ length: 100 }, (_, at) => at + 4),
    );
    expect(options.logsDropped).to.equal(3);
    for (const message of messages) expect(message).to.have.length(500);
  });

  it('is not there when nothing was logged', async () => {
    const options = await optionsAfter(({ log }) => log.debug('only for the process'));

    expect(options).to.not.have.any.keys('logs', 'logsDropped');
  });

  it('takes what cannot be logged for nothing', async () => {
    const options = await optionsAfter(({ log }) => {
      log.info(Object.create(null) as string);
      log.info('well', null as never);
      log.info('odd', {
        get broken() {
          throw new Error('no');
        },
      });
    });

    expect(messagesOf(options)[0]).to.equal('well');
  });

  it('goes on over the attempts of a job', async () => {
    const worker = specs.worker({
      handlers: [
        specs.handler((_, { attempt, log }) => {
          log.info(`attempt ${attempt}`);
          if (attempt === 1) throw new Error('no luck');
        }),
      ],
    });
    const { id } = await specs.producer.addRaw({
      type: 'job',
      queue: specs.queue,
      data: 1,
      options: { backoff: { type: 'fixed', delayMs: 0 } },
    });

    await worker.start();
    await until(async () => (await specs.queries().job(id))?.state === 'succeeded', 'it has succeeded');

    expect(messagesOf(await stored(id))).to.deep.equal(['attempt 1', 'attempt 2']);
  });

  it('can be read while the job runs, of which no progress is announced', async () => {
    const listener = companionClient(specs.client, 'subscriber').client;
    const heard: string[] = [];
    listener.on('message', (_channel: string, message: string) => heard.push(message));
    await listener.subscribe(`bq:${specs.queue}:events`);
    let end = (): void => {};
    const worker = specs.worker({
      handlers: [
        specs.handler((_, { log }) => {
          log.info('begun');
          return new Promise<void>((resolve) => {
            end = resolve;
          });
        }),
      ],
    });
    const [id = ''] = await specs.add(1);
    await worker.start();

    await until(async () => messagesOf(await stored(id)).length === 1, 'the line can be read');
    const whileIt = await specs.queries().job(id);
    end();
    await until(() => heard.length > 0, 'the end was announced');
    await closeClient(listener);

    expect(whileIt).to.include({ state: 'active' });
    expect(heard.map((message) => JSON.parse(message).event)).to.deep.equal(['succeeded']);
  });

  it('is stored once a second at most while the job runs', async () => {
    const engine = openEngine();
    const session = engine.session();
    await engine.store.save([jobOf('a', 1)]);
    const [taken] = await take(session, 1);
    const job = new ActiveJob('q', taken ?? expect.fail('nothing was taken'), session);
    const context = new HandlerContext(job, { log: silentLog }, definition);
    const linesIn = async (): Promise<number> => (await engine.options('a'))?.logs?.length ?? 0;

    const from = performance.now();
    const seen: number[] = [];
    await until(async () => {
      context.log.info('line');
      const lines = await linesIn();
      if (lines !== (seen.at(-1) ?? 0)) seen.push(lines);
      return performance.now() - from > 2_300;
    }, 'some time has gone by');
    context.end({ kind: 'interrupted' });
    await engine.close();

    expect(seen.length).to.be.within(1, 3);
  });

  it('is kept of an attempt that puts the job off', async () => {
    const worker = specs.worker({
      handlers: [
        specs.handler((_, { log }) => {
          log.info('not yet');
          throw new RetryLater(60_000);
        }),
      ],
    });
    const [id = ''] = await specs.add(1);
    await worker.start();

    await until(async () => (await specs.queries().job(id))?.state === 'delayed', 'it was put off');

    expect(messagesOf(await stored(id))).to.deep.equal(['not yet']);
    expect(await stored(id)).to.not.have.property('run');
  });

  it('is kept of an attempt that a shutdown cuts off', async () => {
    const worker = specs.worker({
      handlers: [
        specs.handler((_, { log, signal }) => {
          log.info('begun');
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
        }),
      ],
      shutdownTimeoutMs: 0,
    });
    const [id = ''] = await specs.add(1);
    await worker.start();
    await until(() => worker.running === 1, 'it runs');

    await worker.stop();

    expect(await specs.queries().job(id)).to.include({ state: 'waiting' });
    expect(messagesOf(await stored(id))).to.deep.equal(['begun']);
  });

  it('takes no line and no progress of a handler that goes on after its attempt has ended', async () => {
    const engine = openEngine();
    const session = engine.session();
    await engine.store.save([jobOf('a', 1)]);
    const [taken] = await take(session, 1);
    const job = new ActiveJob('q', taken ?? expect.fail('nothing was taken'), session);
    const { log, records } = recordingLog();
    const context = new HandlerContext(job, { log }, definition);
    context.log.info('in time');
    context.end({ kind: 'snoozed', delayMs: 0 });

    context.log.info('too late');
    await context.progress(50);

    expect((await engine.options('a'))?.logs?.map(({ message }) => message)).to.deep.equal(['in time']);
    expect((await engine.queries.job('a'))?.record.progress).to.equal(0);
    expect(records.map(({ message }) => message)).to.deep.equal(['in time', 'too late']);
    await engine.close();
  });

  it('is shown by the inspector, and by Arena among the failures', async () => {
    const worker = specs.worker({
      handlers: [
        specs.handler((_, { log }) => {
          for (let line = 0; line <= 100; line++) log.info('trying', { line });
          throw new Error('no luck');
        }),
      ],
    });
    const inspector = new Inspector({ client: specs.client });
    const [id = ''] = await specs.add(1);
    await worker.start();
    await until(async () => (await specs.queries().job(id))?.state === 'failed', 'it has failed');

    const info = await inspector.job(specs.queue, id);
    const { logs } = await new ArenaQueue(specs.queue, { connection: inspector }).getJobLogs(id);

    expect(info?.logs).to.have.length(100);
    expect(info?.logs[0]).to.include({ level: 'info', message: 'trying  line=1' });
    expect(info?.logsDropped).to.equal(1);
    expect(logs[0]).to.equal('1 older lines are not kept');
    expect(logs[1]).to.match(/^\d{4}-\S+Z INFO trying {2}line=1$/);
    expect(logs[101]).to.match(/Z attempt 1 failed: Error: no luck$/);
    expect(logs.at(-1)).to.equal('outcome: failed');
  });
});

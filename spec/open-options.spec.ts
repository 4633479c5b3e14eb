import { expect } from 'chai';
import { z } from 'zod';
import { Queue } from '../lib/engine/bee/queue.ts';
import { defineJob, handle } from '../lib/jobs/define.ts';
import { handleGroup } from '../lib/jobs/handle-group.ts';
import { jobFor } from '../lib/jobs/planned-job.ts';
import { nextFirings, schedule } from '../lib/jobs/schedule.ts';
import { createInspector, createProducer, createWorker } from '../lib/open.ts';
import { openWorkers } from './support/worker.ts';

const NOWHERE = 'redis://127.0.0.1:1';
const Mail = defineJob({ type: 'mail.send', queue: 'mail', schema: z.string() });
const mail = handle(Mail, () => undefined);
const worker = (options: object) => () =>
  createWorker({ redis: NOWHERE, handlers: [mail], ...options } as never);

/** What is wrong, the code of the refusal, and what it says. */
const WRONG: Record<string, [make: () => unknown, code: string, message: RegExp]> = {
  'a concurrency of NaN': [
    worker({ concurrency: Number.NaN }),
    'CONFIG_INVALID',
    /concurrency must be a whole number from 1 to 100000, /,
  ],
  'a concurrency of 0': [worker({ concurrency: 0 }), 'CONFIG_INVALID', /concurrency must be .* not 0$/],
  'a concurrency below 0': [worker({ concurrency: -1 }), 'CONFIG_INVALID', /concurrency must be .* not -1$/],
  'half a slot': [worker({ concurrency: 1.5 }), 'CONFIG_INVALID', /concurrency must be .* not 1.5$/],
  'a text for a duration': [
    worker({ shutdownTimeoutMs: '5s' }),
    'CONFIG_INVALID',
    /shutdownTimeoutMs must be .* not "5s"$/,
  ],
  'a weight of 0': [
    worker({ queues: { mail: 0 } }),
    'CONFIG_INVALID',
    /queues\.mail must be a weight.* not 0$/,
  ],
  'a queue without a handler': [
    worker({ queues: { mial: 1 } }),
    'CONFIG_INVALID',
    /queues\.mial is a queue that no handler is for; did you mean mail\?/,
  ],
  'a misspelt option': [
    worker({ concurency: 5 }),
    'CONFIG_INVALID',
    /concurency is unknown; did you mean concurrency\?; known are redis, /,
  ],
  'a function as a handler': [
    worker({ handlers: [() => 1] }),
    'CONFIG_INVALID',
    /handlers\.0 must be what handle\(…\) .* not \[function\]$/,
  ],
  'no handlers': [
    worker({ handlers: undefined }),
    'CONFIG_INVALID',
    /handlers must be a list, not undefined$/,
  ],
  'middleware that is none': [
    worker({ middleware: [5] }),
    'CONFIG_INVALID',
    /middleware\.0 must be a function, not 5$/,
  ],
  'a back-off that is none': [
    worker({ backoffs: { own: 5 } }),
    'CONFIG_INVALID',
    /backoffs\.own must be a function, not 5$/,
  ],
  'a misspelt rule of retention': [
    worker({ retention: { success: {} } }),
    'CONFIG_INVALID',
    /retention has success, which is unknown/,
  ],
  'a misspelt age': [
    worker({ retention: { failed: { age: 5 } } }),
    'CONFIG_INVALID',
    /retention\.failed\.age is unknown; did you mean ageMs\?/,
  ],
  'a schedule that is none': [
    worker({ schedules: [{}] }),
    'CONFIG_INVALID',
    /schedules\.0 must be what schedule\(…\) returns, not an object$/,
  ],
  'a logger that is none': [
    worker({ log: true }),
    'CONFIG_INVALID',
    /log must be a logger, such as console, not true$/,
  ],
  'a Redis that is none': [
    worker({ redis: { password: 'hush' } }),
    'CONFIG_INVALID',
    /redis must be a Redis URL or a client of ioredis, not an object$/,
  ],
  'no options': [
    () => createWorker(undefined as never),
    'CONFIG_INVALID',
    /options must be an object of redis, /,
  ],
  'a misspelt option of a producer': [
    () => createProducer({ redis: NOWHERE, prefx: 'a' } as never),
    'CONFIG_INVALID',
    /createProducer: prefx is unknown; did you mean prefix\?/,
  ],
  'a misspelt option of an inspector': [
    () => createInspector({ redis: NOWHERE, logger: console } as never),
    'CONFIG_INVALID',
    /createInspector: logger is unknown/,
  ],
  'a misspelt setting of a queue': [
    () => new Queue('q', { isWroker: false, autoConnect: false } as never),
    'CONFIG_INVALID',
    /Queue: isWroker is unknown; did you mean isWorker\?/,
  ],
  'a setting of a queue that is none': [
    () => new Queue('q', { removeOnSuccess: 'yes', autoConnect: false } as never),
    'CONFIG_INVALID',
    /removeOnSuccess must be true or false, not "yes"/,
  ],
  'a definition that is none': [() => defineJob('mail' as never), 'JOB_INVALID', /defineJob takes an object/],
  'a misspelt default': [
    () => defineJob({ type: 'a', schema: z.any(), retires: 5 } as never),
    'JOB_INVALID',
    /retires is unknown; did you mean retries\?/,
  ],
  'a handler that is none': [
    () => handle(Mail, 5 as never),
    'CONFIG_INVALID',
    /handle for mail\.send: the handler must be a function, not 5/,
  ],
  'a handler of no definition': [
    () => handle('mail' as never, () => 1),
    'CONFIG_INVALID',
    /defined by defineJob\(…\).* not as "mail"/,
  ],
  'a misspelt option of a handler': [
    () => handle(Mail, () => 1, { middelware: [] } as never),
    'CONFIG_INVALID',
    /middelware is unknown; did you mean middleware\?/,
  ],
  'a group handler that is none': [
    () => handleGroup(Mail, null as never),
    'CONFIG_INVALID',
    /handleGroup for mail\.send: the handler must be a function, not null/,
  ],
  'a misspelt field of a schedule': [
    () => schedule(Mail, { name: 's', every: 5, data: 'x' } as never),
    'JOB_INVALID',
    /every is unknown; did you mean everyMs\?/,
  ],
  'a planned job of no definition': [() => jobFor('mail' as never, 1), 'JOB_INVALID', /defined by defineJob/],
};

describe('the entries of the library', () => {
  for (const [what, [make, code, message]] of Object.entries(WRONG)) {
    it(`refuse ${what}, and say what is wrong`, () => {
      expect(make).to.throw(message).with.property('code', code);
    });
  }

  it('name all that is wrong at once, each by its path', () => {
    expect(worker({ concurrency: 0, strictPriority: 1, nonsense: 1 }))
      .to.throw()
      .with.property('problems')
      .that.satisfies((problems: { path: string }[]) => {
        expect(problems.map(({ path }) => path)).to.have.members([
          'concurrency',
          'strictPriority',
          'nonsense',
        ]);
        return true;
      });
  });

  it('take whatever bee-queue takes, and the settings of another queue', async () => {
    const stock = {
      ...{ stallInterval: 5_000, nearTermWindow: 5, delayedDebounce: 5, prefix: 'bq', isWorker: true },
      ...{
        getEvents: false,
        sendEvents: true,
        ensureScripts: true,
        activateDelayedJobs: false,
        storeJobs: true,
      },
      ...{ removeOnSuccess: false, removeOnFailure: false, redisScanCount: 5, autoConnect: false },
      ...{ quitCommandClient: true, initialRedisFailureRetryDelay: 5 },
    };
    const queue = new Queue('q', { redis: NOWHERE, ...stock });
    const second = new Queue('q', { ...queue.settings, redis: NOWHERE });

    await Promise.all([queue.close(), second.close()]);
  });

  describe('that are asked with', () => {
    const specs = openWorkersLater();
    const { code, message } = { code: 'JOB_INVALID', message: /./ };
    const asked: Record<string, [() => Promise<unknown>, RegExp]> = {
      'no definition, of add': [() => specs().producer.add('x' as never, 1), /defined by defineJob/],
      'no definition, of addMany': [
        () => specs().producer.addMany('x' as never, [1]),
        /defined by defineJob/,
      ],
      'no list, of addMany': [() => specs().producer.addMany(Mail, 'x' as never), /takes a list/],
      'a misspelt option, of add': [
        () => specs().producer.add(Mail, 'x', { delay: 5 } as never),
        /options\.delay is unknown; did you mean delayMs\?/,
      ],
      'options that are none, of add': [
        () => specs().producer.add(Mail, 'x', 5 as never),
        /options must be an object, not 5/,
      ],
    };
    for (const [what, [ask, text]] of Object.entries(asked)) {
      it(`${what}, reject and say so`, async () => {
        const error = (await ask().catch((thrown: unknown) => thrown)) as Error;
        expect(error).to.have.property('code', code);
        expect(error.message).to.match(text).and.match(message);
      });
    }
  });

  it('leave what is right alone', () => {
    expect(
      nextFirings(schedule(Mail, { name: 's', everyMs: 60_000, data: 'x' }), { count: 1 }),
    ).to.have.length(1);
  });
});

function openWorkersLater() {
  let specs: ReturnType<typeof openWorkers> | null = null;
  before(() => {
    specs = openWorkers();
  });
  after(() => specs?.close());
  return () => specs ?? expect.fail('not opened');
}

import { expect } from 'chai';
import { createProducer, defineJob } from '../../../lib/index.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type ApiaryProcess, startApiary } from '../../support/process.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const PROVIDER = new URL('../../support/meter-provider.mjs', import.meta.url).href;
const COUNT = 5;

describe('a process with a meter provider', function () {
  this.timeout(120_000);
  let apiary: ApiaryProcess | null = null;

  afterEach(async () => {
    await apiary?.stop();
    apiary = null;
  });

  it('tells it what it counts and what is in Redis, without a setting', async () => {
    const prefix = testQueueName();
    apiary = await startApiary(['--worker', '--monitor'], {
      ...{ REDIS_URL: redisUrl(), QUEUE_PREFIX: prefix, MONITOR_PORT: '0', NODE_ENV: 'test' },
      ...{ WORKER_QUEUES: 'counted=1', NODE_OPTIONS: `--import ${PROVIDER}` },
    });
    await apiary.waitForLine(/^metric apiary /);
    const { stdout } = apiary;
    /** Of its newest line; undefined while there is none. */
    const sumOf = (name: string): number | undefined => {
      const found = stdout.findLast((line) => line.startsWith(`metric apiary ${name} `));
      return found === undefined ? undefined : Number(found.split(' ')[3]);
    };
    const producer = createProducer({ redis: redisUrl(), prefix });
    // Nobody has a handler for them: each fails in its first attempt.
    const Nothing = defineJob({ type: 'nothing', queue: 'counted', retries: 0 });
    await producer.addMany(
      Nothing,
      Array.from({ length: COUNT }, () => null),
    );
    await producer.close();

    await until(() => sumOf('apiary.jobs_failed') === COUNT, 'the failures have come');
    await until(() => sumOf('messaging.client.consumed.messages') === COUNT, 'the starts have come');
    await until(() => sumOf('messaging.process.duration') === COUNT, 'the times have come');
    await until(() => sumOf('apiary.queue_jobs') === COUNT, 'what is in Redis has come');

    expect(stdout.find((line) => line.startsWith('metric apiary messaging.process.duration'))).to.match(
      / s$/,
    );
    expect(stdout.filter((line) => /warn|error/i.test(line) && /metric|telemetry/i.test(line))).to.be.empty;
  });

  it('tells nothing where there is none', async () => {
    apiary = await startApiary(['--monitor'], {
      ...{ REDIS_URL: redisUrl(), MONITOR_PORT: '0', NODE_ENV: 'test' },
    });
    await apiary.waitForLine(/listening/);

    expect(apiary.stdout.some((line) => line.startsWith('metric '))).to.equal(false);
  });
});

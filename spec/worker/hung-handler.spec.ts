import { expect } from 'chai';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { type SpecProcess, startProgram } from '../support/process.ts';
import { SpecQueues } from '../support/queues.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('a handler that hangs', () => {
  let worker: SpecProcess | null = null;
  afterEach(() => worker?.stop());

  const start = async (timeoutMs: number): Promise<SpecProcess> => {
    const env = { REDIS_URL: redisUrl(), QUEUE: testQueueName(), TIMEOUT_MS: String(timeoutMs) };
    worker = await startProgram('spec/support/hung-worker.ts', env);
    return worker;
  };

  it('is told of when its time is over, and keeps no process whose worker has stopped', async () => {
    const { exit, stdout } = await start(20);

    expect(await exit).to.deep.equal({ code: 0, signal: null });
    expect(stdout).to.deep.equal(['started', 'overdue by timeout of 20', 'stopped']);
  }).timeout(120_000);

  it('keeps no process either whose worker stops before its time is over', async () => {
    const { exit, stdout } = await start(600_000);

    expect(await exit).to.deep.equal({ code: 0, signal: null });
    expect(stdout).to.deep.equal(['started', 'stopped']);
  }).timeout(120_000);

  it('is told of at once in a Queue too', async () => {
    const queues = new SpecQueues();
    const queue = queues.ours();
    queue.process(() => new Promise(() => {}));

    await queue.createJob({}).timeout(5).save();

    await until(() => queues.errors.length > 0, 'it was told of');
    expect(queues.errors[0]).to.include({ code: 'JOB_TIMED_OUT' });
    await queues.close();
  });
});

import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { sourceOf } from '../../lib/engine/script-source.ts';
import { SCRIPTS } from '../../lib/engine/script-table.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const sources = Object.keys(SCRIPTS).map((name) => [name, sourceOf(name)] as const);
/** By hash, and, as a script is sent with its source now and then, by what the monitor shows of that. */
const NAMES = new Map(
  sources.flatMap(([name, source]) => [
    [createHash('sha1').update(source).digest('hex'), name],
    [shown(source), name],
  ]),
);

/** A source without what the monitor writes in another way. */
function shown(source: string): string {
  return source.replace(/\\+n|\n/g, '').replace(/[^A-Za-z(){}=]/g, '');
}

describe('the pick-up of a job by an idle worker', () => {
  let redis: SpecRedis;
  let specs: SpecWorkers;
  let proxy: TcpProxy;
  let url: string;
  let watch: Redis;
  let monitor: Redis | null;

  // Its own: whoever waits there for jobs is the worker of the spec.
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  beforeEach(async () => {
    specs = openWorkers(redis.url);
    watch = new Redis(redis.url, { lazyConnect: true });
    monitor = null;
    proxy = await startProxy(redis.port);
    url = redis.url.replace(String(redis.port), String(proxy.port));
  });
  afterEach(async () => {
    monitor?.disconnect();
    watch.disconnect();
    await specs.close();
    await proxy.close();
  });

  /** Resolves when a connection waits in Redis for a job of the queue, and what is to be run behind has come there. */
  const waits = (): Promise<void> =>
    until(async () => {
      const list = String(await specs.client.call('CLIENT', 'LIST'));
      return list.split('\n').some((line) => / cmd=blmove /.test(line) && / qbuf=[1-9]/.test(line));
    }, 'it waits');

  it('asks Redis for nothing from the moment it was added: the job comes with the answer that ends the wait', async () => {
    const started: unknown[] = [];
    const worker = specs.worker({ url, handlers: [specs.handler((data) => void started.push(data))] });
    await worker.start();
    await waits();

    proxy.holdRequests(true);
    await specs.add('one');
    await until(() => started.length === 1, 'it runs, though nothing that the worker sends gets through');

    proxy.holdRequests(false);
    await until(async () => (await specs.queries().counts()).succeeded === 1, 'it is settled');
    expect(started).to.deep.equal(['one']);
  });

  it('costs one script, and the end of the job another', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
    await worker.start();
    await waits();
    monitor = await watch.monitor();
    const ran: string[] = [];
    monitor.on('monitor', (_time: string, [command = '', script = '', ...args]: string[]) => {
      if (!/^eval/i.test(command) || !args.some((arg) => arg.includes(`:${specs.queue}:`))) return;
      ran.push(NAMES.get(script) ?? NAMES.get(shown(script)) ?? 'unknown');
    });

    for (const data of [1, 2, 3]) {
      await specs.add(data);
      await until(async () => (await specs.queries().counts()).succeeded === data, 'it is settled');
      await waits();
    }

    const count = (pattern: RegExp): number => ran.filter((name) => pattern.test(name)).length;
    await until(() => count(/^settle$/) === 3, 'the monitor has told of the last one');
    expect(count(/^pick-up$/)).to.be.at.least(3);
    expect(ran.filter((name) => /take|settle-|unknown/.test(name))).to.deep.equal([]);
  });
});

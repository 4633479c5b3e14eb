import { expect } from 'chai';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { type SpecProcess, startProgram } from '../../support/process.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

/** Longer than a lease lasts. */
const HELD_MS = 12_000;

describe('a process that takes jobs by hand', function () {
  this.timeout(120_000);
  let specs: SpecWorkers;
  let inspector: Inspector;
  const started: SpecProcess[] = [];

  beforeEach(() => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
  });
  afterEach(async () => {
    for (const one of started) one.kill('SIGKILL');
    await Promise.all(started.splice(0).map(({ exit }) => exit));
    await specs.close();
  });

  const start = async (env: Record<string, string>): Promise<SpecProcess> => {
    const all = { REDIS_URL: redisUrl(), QUEUE: specs.queue, ...env };
    const taker = await startProgram('spec/support/taker-worker.ts', all);
    started.push(taker);
    await taker.waitForLine(/^ready$/);
    return taker;
  };
  const wordsOf = ({ stdout }: SpecProcess, word: string): string[] =>
    stdout.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : [])).sort();
  const countsOf = async () => (await inspector.queue(specs.queue)).counts;

  it('keeps what it holds, and loses it to others when it is killed: each job ends once', async () => {
    const ids = (await specs.add(...Array(6).keys())).sort();
    const holder = await start({ COUNT: '6', ENDS: 'false' });
    await until(() => wordsOf(holder, 'took').length === 6, 'it has taken all');
    const other = await start({ COUNT: '4' });
    const heldUntil = performance.now() + HELD_MS;
    await until(() => performance.now() > heldUntil, 'a lease would be over');
    expect(wordsOf(other, 'took')).to.deep.equal([]);
    expect(await countsOf()).to.include({ active: 6 });

    holder.kill('SIGKILL');
    await until(() => wordsOf(other, 'ended').length === 6, 'the other has ended all');

    expect(wordsOf(other, 'ended')).to.deep.equal(ids);
    expect(await countsOf()).to.include({ active: 0, waiting: 0, succeeded: 6, failed: 0 });
  });

  it('ends in order on SIGTERM', async () => {
    await specs.add(1, 2);
    const holder = await start({ COUNT: '2' });
    await until(() => wordsOf(holder, 'ended').length === 2, 'it ended both');

    expect(await holder.stop()).to.deep.equal({ code: 0, signal: null });
    expect(await countsOf()).to.include({ active: 0, succeeded: 2 });
  });
});

import type { ChildProcess } from 'node:child_process';
import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import type { Producer } from '../../lib/jobs/producer.ts';
import { createProducer } from '../../lib/open.ts';
import { startFailoverCluster } from '../support/cluster.ts';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { startSentinels } from '../support/sentinel.ts';
import { until } from '../support/wait.ts';
import { lasts } from './traffic.ts';

const WORKERS = 2;
const EVERY_MS = 40;
const FOR_MS = 20;
/** From the stop of the primary until work goes on. */
const HEALED_MS = 15_000;
/** A replica may be behind by so much: what was acknowledged just before the stop is not promised. */
const BEHIND_MS = 500;

/** A job that was acknowledged, and when. */
interface Acknowledged {
  id: string;
  at: number;
}

describe('a primary that hangs', function () {
  this.timeout(180_000);
  let ending: AbortController;
  let crew: Crew;
  let impatient: Producer;
  let stopSetting: () => Promise<void>;

  beforeEach(() => {
    ending = new AbortController();
  });
  afterEach(async () => {
    await impatient.close();
    await crew.close();
    await stopSetting();
  });

  /** Adds a few jobs again and again, also through outages. */
  const startAdding = (add: () => Promise<string[]>): Acknowledged[] => {
    const acknowledged: Acknowledged[] = [];
    const adding = async (): Promise<void> => {
      while (!ending.signal.aborted) {
        const ids = await add().catch(() => []);
        const at = performance.now();
        acknowledged.push(...ids.map((id) => ({ id, at })));
        await systemClock.sleep(EVERY_MS, ending.signal);
      }
    };
    adding();
    return acknowledged;
  };
  const runs = async (scenario: string, url: string, primary: (crew: Crew) => Promise<ChildProcess>) => {
    crew = new Crew(url);
    impatient = createProducer({ redis: url, prefix: crew.prefix });
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, () => crew.hire({ concurrency: 5, redis: url })),
    );
    const one = async (): Promise<string[]> => [(await impatient.add(toil, { forMs: FOR_MS })).id];
    const added = [startAdding(() => crew.add(3, FOR_MS)), startAdding(one)];
    await lasts(2_000);
    const server = await primary(crew);
    const ran = (): Set<string> =>
      new Set(workers.flatMap(({ stdout }) => stdout.flatMap((line) => line.match(/^ran (.+)$/)?.[1] ?? [])));

    server.kill('SIGSTOP');
    const stoppedAt = performance.now();
    const goesOn = (): boolean => {
      const done = ran();
      return added.every((of) => of.some(({ id, at }) => at > stoppedAt + BEHIND_MS && done.has(id)));
    };
    await until(goesOn, 'what both producers added ran', HEALED_MS);
    const healedMs = Math.round(performance.now() - stoppedAt);
    server.kill('SIGCONT');
    await lasts(4_000);
    ending.abort();
    await crew.untilDrained(WORKERS);

    const promised = added.flat().filter(({ at }) => at < stoppedAt - BEHIND_MS || at > stoppedAt);
    const infos = await Promise.all(promised.map(({ id }) => crew.inspector.job(toil.queue, id)));
    const lost = infos.filter((info) => info?.state !== 'succeeded').length;
    console.log(
      `      ${scenario}: went on after ${healedMs} ms, acknowledged ${promised.length}, lost ${lost}`,
    );
    expect(lost, 'lost').to.equal(0);
    expect(workers.length).to.equal(crew.workers.length);
  };

  it('is left for the one that Sentinel names, and what it takes when it comes back is not acknowledged', async () => {
    const sentinels = await startSentinels();
    stopSetting = () => sentinels.stop();
    await runs('primary under Sentinel stopped', sentinels.url, async () => sentinels.primary);
  });

  it('is left for the replica that the cluster promotes', async () => {
    const cluster = await startFailoverCluster();
    stopSetting = () => cluster.stop();
    await runs('master of a cluster stopped', cluster.url, ({ keys }) => cluster.masterOf(keys.waiting));
  });
});

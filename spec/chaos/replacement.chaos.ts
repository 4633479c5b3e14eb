import { expect } from 'chai';
import { SpecSwarm } from '../support/swarm.ts';
import { until } from '../support/wait.ts';

const ROUNDS = 20;
const EVERY_MS = 3_000;

describe('worker processes that are replaced every 3 s for a minute, under load', function () {
  this.timeout(300_000);
  let swarm: SpecSwarm;

  beforeEach(async () => {
    swarm = await SpecSwarm.open();
  });

  afterEach(() => swarm.close());

  it('lose no job and repeat none', async () => {
    const service = await swarm.start({ WORKER_PROCESSES: '2', WORKER_CONCURRENCY: '10' });
    await swarm.untilTaking(2);
    const ids: string[] = [];
    let next = performance.now();
    for (let round = 0; round < ROUNDS; round++) {
      ids.push(...(await swarm.add(100, { forMs: 100 + 20 * (round % 10) })));
      service.kill('SIGUSR2');
      next += EVERY_MS;
      await until(() => performance.now() >= next, 'it is time for the next');
    }
    await swarm.untilDrained();

    const runs = await swarm.runs();
    const pids = new Set(runs.map(({ pid }) => pid)).size;
    console.log(
      `      replaced ${ROUNDS} times: ${ids.length} jobs, ${runs.length} runs, in ${pids} processes`,
    );
    expect(await swarm.ranIds()).to.deep.equal(ids.sort());
    expect(await swarm.counts()).to.include({ failed: 0, active: 0, waiting: 0 });
    expect(pids).to.be.greaterThan(4);
    expect(service.stdout.join('\n')).to.not.match(/died|interrupted|went back/);
  });
});

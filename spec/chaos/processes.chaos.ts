import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { isAlive, SpecSwarm, signalGroup } from '../support/swarm.ts';
import { until } from '../support/wait.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TWO = { WORKER_PROCESSES: '2', WORKER_CONCURRENCY: '10' };
const [LEAKS, LEAK_MB, LIMIT_MB] = [120, 25, 400];

describe('worker processes of one parent', function () {
  this.timeout(900_000);
  let swarm: SpecSwarm;

  beforeEach(async () => {
    swarm = await SpecSwarm.open();
  });

  afterEach(() => swarm.close());

  it('whose handlers leak stay within bounds of memory, and no job is lost or repeated', async () => {
    const env = { WORKER_PROCESSES: '2', WORKER_CONCURRENCY: '1', WORKER_MAX_MEMORY_MB: String(LIMIT_MB) };
    const service = await swarm.start(env);
    await swarm.untilTaking(2);
    const sizes: number[] = [];

    const ids = await swarm.add(LEAKS, { forMs: 100, keepMb: LEAK_MB });
    const isOver = async (): Promise<boolean> => {
      const pids = (await swarm.inspector.workers()).map(({ pid }) => pid);
      sizes.push(...(await Promise.all(pids.map(residentMb))));
      return ((await swarm.counts())['succeeded'] ?? 0) >= LEAKS;
    };
    await until(isOver, 'all have succeeded', 600_000);

    const replaced = service.stdout.filter((line) => line.includes('has grown past')).length;
    console.log(
      `      leak: ${LEAKS} jobs kept ${LEAKS * LEAK_MB} MiB in all; largest process ${Math.max(...sizes)} MiB of ` +
        `${sizes.length} looks, limit ${LIMIT_MB}, replaced ${replaced} times`,
    );
    expect(await swarm.ranIds()).to.deep.equal(ids.sort());
    expect(await swarm.counts()).to.include({ failed: 0, active: 0, waiting: 0 });
    // It ends what it runs, and the next look at its memory may be a second away.
    expect(Math.max(...sizes)).to.be.within(LIMIT_MB, 3 * LIMIT_MB);
    expect(service.stdout.join('\n')).to.not.match(/died|interrupted|went back/);
  });

  it('end when their parent is killed, none goes on to take jobs, and the next parent ends the rest', async () => {
    const service = await swarm.start(TWO);
    const workers = await swarm.untilTaking(2);
    const ids = await swarm.add(400, { forMs: 200 });
    await until(async () => (await swarm.runs()).length > 40, 'some jobs ran');

    const killedAt = systemClock.elapsed();
    service.kill('SIGKILL');
    await until(() => workers.every(({ pid }) => !isAlive(pid)), 'nobody is left');
    const goneMs = Math.round(systemClock.elapsed() - killedAt);
    const counts = await swarm.counts();
    const ranThen = (await swarm.ranIds()).length;
    await swarm.start(TWO);
    await swarm.untilDrained();

    const ran = await swarm.ranIds();
    console.log(
      `      parent killed: all gone after ${goneMs} ms, ${ranThen} jobs ran by then, ${counts['active']} in hand, ` +
        `${counts['waiting']} waited; in the end ${ran.length} runs of ${ids.length} jobs`,
    );
    expect(counts).to.include({ active: 0, failed: 0, succeeded: ranThen, waiting: ids.length - ranThen });
    expect(ran).to.deep.equal(ids.sort());
  });

  it('end in order, once, on Ctrl-C under npm', async () => {
    const command = ['npm', 'start', '--', '--worker'];
    const service = await swarm.startBy(command, TWO, ROOT);
    const workers = await swarm.untilTaking(2);
    await swarm.add(60, { forMs: 1_000 });
    await until(async () => (await swarm.counts())['active'] === 20, 'all slots are taken');

    const pressedAt = systemClock.elapsed();
    // A terminal sends it to all of them: npm, the parent and the workers.
    signalGroup(service, 'SIGINT');
    await service.exit;
    await until(() => workers.every(({ pid }) => !isAlive(pid)), 'nobody is left');
    const endedMs = Math.round(systemClock.elapsed() - pressedAt);

    const ran = await swarm.ranIds();
    const linesWith = (text: string) => service.stdout.filter((line) => line.includes(text)).length;
    const counts = await swarm.counts();
    console.log(
      `      Ctrl-C under npm: ended after ${endedMs} ms, ${ran.length} jobs ran to their end, ` +
        `${counts['active']} in hand, ${counts['waiting']} wait`,
    );
    expect(counts).to.include({ active: 0, failed: 0, succeeded: ran.length, waiting: 60 - ran.length });
    expect(new Set(ran).size).to.equal(ran.length).and.to.be.at.least(20);
    expect([linesWith('stopping'), linesWith('worker has stopped')]).to.deep.equal([1, 2]);
    expect(service.stdout.join('\n')).to.not.match(/died|interrupted|FATAL/);
  });
});

/** What a process has in memory, in MiB; 0 for one that is gone. */
async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024);
}

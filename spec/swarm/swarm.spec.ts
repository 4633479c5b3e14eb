import { expect } from 'chai';
import { isAlive, SpecSwarm, signalGroup } from '../support/swarm.ts';
import { until } from '../support/wait.ts';

const TWO = { WORKER_PROCESSES: '2', WORKER_CONCURRENCY: '5' };

describe('apiary start with WORKER_PROCESSES', function () {
  this.timeout(180_000);
  let swarm: SpecSwarm;

  beforeEach(async () => {
    swarm = await SpecSwarm.open();
  });

  afterEach(() => swarm.close());

  it('runs jobs in so many processes, which are one host in presence, health and metrics', async () => {
    const service = await swarm.start(TWO);
    const workers = await swarm.untilTaking(2);
    await swarm.add(100, { forMs: 20 });
    await swarm.untilSucceeded(100);

    const places = workers.map(({ swarm: place }) => place);
    expect(places).to.have.deep.members([1, 2].map((number) => ({ number, of: 2, parent: service.pid })));
    expect(new Set((await swarm.runs()).map(({ pid }) => pid))).to.deep.equal(
      new Set(workers.map(({ pid }) => pid)),
    );
    const readiness = await swarm.fetch(service, '/readyz/worker');
    expect(await readiness.json()).to.deep.include({ checks: { redis: 'ok', worker: 'ok' } });
    const metrics = await (await swarm.fetch(service, '/metrics')).text();
    expect(metrics.split('\n')).to.include.members([
      'apiary_jobs_succeeded_total{queue="chores",type="spec.chore"} 100',
      'apiary_job_duration_seconds_count{queue="chores",type="spec.chore"} 100',
      'apiary_worker_slots 10',
      'apiary_worker_taking 2',
      'apiary_worker_processes 2',
      'apiary_live_workers{status="running"} 2',
    ]);
  });

  it('is one process by default, which starts no other', async () => {
    const service = await swarm.start({});
    const [worker] = await swarm.untilTaking(1);

    expect(worker).to.include({ pid: service.pid }).and.not.have.property('swarm');
    expect(await (await swarm.fetch(service, '/metrics')).text()).to.not.match(/^apiary_worker_process/m);
  });

  it('serves pages and API in the parent, once', async () => {
    const service = await swarm.start(TWO, []);
    await swarm.untilTaking(2);

    const listening = service.stdout.filter((line) => /(api|monitor|health) .*listening/.test(line));
    expect(listening).to.have.length(3);
    expect(listening.join('\n')).to.not.include('process=');
  });

  it('lets running jobs end on SIGTERM, gives none back, and exits with 0', async () => {
    const service = await swarm.start(TWO);
    await swarm.untilTaking(2);
    await swarm.add(40, { forMs: 400 });
    await until(async () => (await swarm.counts())['active'] === 10, 'all slots are taken');

    const exit = await service.stop();

    const counts = await swarm.counts();
    const ran = await swarm.ranIds();
    expect(exit).to.deep.equal({ code: 0, signal: null });
    expect(counts).to.include({ active: 0, failed: 0, succeeded: ran.length });
    expect(new Set(ran).size).to.equal(ran.length).and.to.be.at.least(10);
    expect(ran.length + (counts['waiting'] ?? 0)).to.equal(40);
  });

  it('ends once, in order, when Ctrl-C reaches every process, and the parent twice', async () => {
    const service = await swarm.start(TWO);
    await swarm.untilTaking(2);
    await swarm.add(10, { forMs: 400 });
    await until(async () => (await swarm.counts())['active'] === 10, 'all slots are taken');

    signalGroup(service, 'SIGINT');
    service.kill('SIGINT');

    expect(await service.exit).to.deep.equal({ code: 0, signal: null });
    expect(await swarm.counts()).to.include({ active: 0, waiting: 0, failed: 0, succeeded: 10 });
    expect(service.stdout.filter((line) => line.includes('stopping'))).to.have.length(1);
    expect(service.stdout.filter((line) => line.includes('worker has stopped'))).to.have.length(2);
    expect(service.stdout.join('\n')).to.not.match(/died|interrupted|FATAL/);
  });

  it('ends all at once on a second signal', async () => {
    const service = await swarm.start(TWO);
    const workers = await swarm.untilTaking(2);
    await swarm.add(10, { forMs: 600_000 });
    await until(async () => (await swarm.counts())['active'] === 10, 'all slots are taken');
    let hasEnded = false;
    service.exit.then(() => {
      hasEnded = true;
    });

    service.kill('SIGINT');
    await service.waitForLine(/takes no more jobs/);
    await until(() => {
      service.kill('SIGINT');
      return hasEnded;
    }, 'it left');

    expect(await service.exit).to.include({ code: 1 });
    await until(() => workers.every(({ pid }) => !isAlive(pid)), 'nobody is left');
  });

  it('kills one that is blocked and does not end, and exits with 0', async () => {
    const service = await swarm.start({ ...TWO, SHUTDOWN_TIMEOUT_MS: '100' });
    const workers = await swarm.untilTaking(2);
    await swarm.add(1, { forMs: 600_000, blocks: true });
    await until(async () => (await swarm.counts())['active'] === 1, 'it blocks');

    const exit = await service.stop();

    expect(exit).to.deep.equal({ code: 0, signal: null });
    expect(service.stdout.join('\n')).to.match(/a worker process was killed, as it took too long/);
    expect(workers.some(({ pid }) => isAlive(pid))).to.be.false;
  });

  it('starts one again that was killed, says how it died, and loses no job', async () => {
    const service = await swarm.start(TWO);
    const [one] = await swarm.untilTaking(2);
    const ids = await swarm.add(60, { forMs: 100 });
    await until(async () => (await swarm.runs()).length > 10, 'some jobs ran');

    process.kill(one?.pid ?? 0, 'SIGKILL');
    await service.waitForLine(/a worker process died by SIGKILL.*process=\d.*signal=SIGKILL/);
    await swarm.untilSucceeded(60);

    expect(new Set(await swarm.ranIds())).to.deep.equal(new Set(ids));
    await until(async () => (await swarm.taking()).every(({ pid }) => isAlive(pid)), 'the dead is forgotten');
    expect(await swarm.untilTaking(2)).to.not.deep.include({ pid: one?.pid });
    const metrics = await (await swarm.fetch(service, '/metrics')).text();
    expect(metrics).to.include('apiary_worker_process_deaths_total{why="signal"} 1');
  });

  it('leaves no orphan that takes jobs when the parent is killed: all end what runs, and go', async () => {
    const service = await swarm.start(TWO);
    const workers = await swarm.untilTaking(2);
    await swarm.add(40, { forMs: 500 });
    await until(async () => (await swarm.counts())['active'] === 10, 'all slots are taken');

    service.kill('SIGKILL');
    await until(() => workers.every(({ pid }) => !isAlive(pid)), 'nobody is left');

    const ran = await swarm.ranIds();
    expect(new Set(ran).size).to.equal(ran.length).and.to.be.within(10, 20);
    expect(await swarm.counts()).to.include({ active: 0, succeeded: ran.length, waiting: 40 - ran.length });
  });

  it('takes no more jobs after SIGTSTP, is not ready, and starts no process again', async () => {
    const service = await swarm.start(TWO);
    const [one] = await swarm.untilTaking(2);

    service.kill('SIGTSTP');
    await until(async () => (await swarm.taking()).length === 0, 'none takes jobs');
    // Before the job comes: a wait that was under way may still bring it to a worker, which gives it back unless it dies.
    process.kill(one?.pid ?? 0, 'SIGKILL');
    await until(() => !isAlive(one?.pid ?? 0), 'one is dead');
    await swarm.add(1, { forMs: 1 });
    const readiness = await swarm.fetch(service, '/readyz');

    expect(await readiness.json()).to.have.nested.property('checks.worker', 'is quiet');
    expect((await service.stop()).code).to.equal(0);
    expect(await swarm.counts()).to.include({ waiting: 1 });
  });
});

import { expect } from 'chai';
import { SpecSwarm } from '../support/swarm.ts';

const TWO = { WORKER_PROCESSES: '2' };

describe('worker processes that cannot start', function () {
  this.timeout(180_000);
  let swarm: SpecSwarm;

  beforeEach(async () => {
    swarm = await SpecSwarm.open();
  });

  afterEach(() => swarm.close());

  it('end the start with the line and the code of a single process, once', async () => {
    await swarm.writeHandler('1', `throw new Error('no database');`);
    const service = await swarm.start(TWO);

    expect(await service.exit).to.deep.equal({ code: 1, signal: null });
    const fatal = service.stdout.filter((line) => line.includes('FATAL'));
    expect(fatal).to.have.length(1);
    expect(fatal[0]).to.match(/chore\.mjs cannot be loaded: no database.*code=HANDLER_INVALID/);
  });

  it('say so as well when a handler module ends its process', async () => {
    await swarm.writeHandler('1', 'process.exit(7);');
    const service = await swarm.start(TWO);

    expect(await service.exit).to.deep.equal({ code: 1, signal: null });
    expect(service.stdout.join('\n')).to.match(/FATAL.*ended with code 7 before it was ready/);
  });

  it('are not even tried with a setting that is wrong', async () => {
    const service = await swarm.start({ ...TWO, WORKER_HANDLERS: 'nope' });

    expect((await service.exit).code).to.equal(78);
    expect(service.stdout.join('\n'))
      .to.match(/FATAL .*WORKER_HANDLERS/)
      .and.not.include('process=');
  });

  it('end the parent when none runs any more, after some tries', async () => {
    const service = await swarm.start({ WORKER_PROCESSES: '1', WORKER_MAX_MEMORY_MB: '4096' });
    const [worker] = await swarm.untilTaking(1);
    await swarm.writeHandler('2', `throw new Error('gone bad');`);

    process.kill(worker?.pid ?? 0, 'SIGKILL');

    expect(await service.exit).to.deep.equal({ code: 1, signal: null });
    const output = service.stdout.join('\n');
    expect(output.match(/a worker process cannot be started/g)).to.have.length(5);
    expect(output).to.match(/FATAL.*gone bad/);
  });
});

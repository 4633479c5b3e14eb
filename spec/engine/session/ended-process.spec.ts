import { expect } from 'chai';
import { factsOf } from '../../../lib/engine/session/incarnation.ts';
import { OWN_MARK } from '../../../lib/engine/session/process-mark.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { openEngine, type SpecEngine, take } from '../../support/engine.ts';
import { type SpecProcess, startProgram } from '../../support/process.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const ORDER = { lossLimit: 3, orphanIntervalMs: 60_000 };

describe('the jobs of a process that has ended, on the same machine', () => {
  let engine: SpecEngine;
  const holders: SpecProcess[] = [];

  before(function () {
    // Systems without /proc tell too little.
    if (OWN_MARK === '') this.skip();
  });
  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(async () => {
    await engine.close();
    for (const holder of holders.splice(0)) {
      holder.kill('SIGKILL');
      await holder.exit;
    }
  });

  /** Lets a process take the next job, with a lease of ten minutes. */
  async function hold(): Promise<SpecProcess> {
    const env = { REDIS_URL: redisUrl(), QUEUE: engine.queue };
    const holder = await startProgram('spec/support/session-process.ts', env);
    holders.push(holder);
    await holder.waitForLine(/^took /);
    return holder;
  }

  async function kill(holder: SpecProcess): Promise<void> {
    holder.kill('SIGKILL');
    await holder.exit;
  }

  /** Beats and looks until something is back; resolves with what is. */
  async function returned(judge: Session): Promise<string[]> {
    const back: string[] = [];
    const look = async (): Promise<boolean> => {
      await judge.renew([]);
      back.push(...(await judge.recover(ORDER)).returned);
      return back.length > 0;
    };
    await until(look, 'a job is back');
    return back;
  }

  it('are back at once, by who has just begun, whatever the lease says; those of one that lives are not', async () => {
    await engine.add('a', 'b');
    const ended = await hold();
    await hold();
    await kill(ended);

    expect(await returned(engine.session({ judgesAfterMs: 600_000 }))).to.deep.equal(['a']);

    expect(await engine.waiting()).to.deep.equal(['a']);
    expect(await engine.active()).to.deep.equal(['b']);
    expect(await engine.client.hget(engine.keys.losses, 'a')).to.equal('1');
    const names: string[] = await engine.client.zrange(engine.keys.workers, '0', '-1');
    expect(names.map((name) => factsOf(name).mark).filter((mark) => mark !== OWN_MARK)).to.have.lengthOf(1);
  });

  it('are left to their leases where the process was on another machine', async () => {
    await engine.add('a');
    const ended = await hold();
    const [name = ''] = await engine.client.zrange(engine.keys.workers, '0', '-1');
    const elsewhere = name.replace(/\.[^.-]+-/, '.0123456789-');
    expect(elsewhere).not.to.equal(name);
    await engine.client.rename(engine.keys.claims(name), engine.keys.claims(elsewhere));
    await engine.client.zrem(engine.keys.workers, name);
    await engine.client.zadd(engine.keys.workers, Date.now() + 600_000, elsewhere);
    await kill(ended);
    const judge = engine.session({ judgesAfterMs: 600_000 });
    await judge.renew([]);

    const { returned: back, failures } = await judge.recover(ORDER);

    expect([back, failures]).to.deep.equal([[], []]);
    expect(await engine.active()).to.deep.equal(['a']);
  });

  it('are not taken by one whose own lease is over', async () => {
    await engine.add('a');
    await kill(await hold());
    const judge = engine.session({ leaseMs: 1 });
    await judge.renew([]);
    const lease = () => engine.client.zscore(engine.keys.workers, judge.incarnation);
    await until(async () => Number(await lease()) < Date.now(), 'its lease is over');

    const { returned: back, failures } = await judge.recover(ORDER);

    expect([back, failures]).to.deep.equal([[], []]);
    expect(await engine.active()).to.deep.equal(['a']);
  });

  it('are back once where several look at the same time', async () => {
    await engine.add('a');
    await kill(await hold());
    const judges = Array.from({ length: 5 }, () => engine.session({ judgesAfterMs: 600_000 }));
    await Promise.all(judges.map((judge) => judge.renew([])));

    const looks = await Promise.all(judges.map((judge) => judge.recover(ORDER)));

    expect(looks.flatMap((look) => look.returned)).to.deep.equal(['a']);
    expect((await take(engine.session())).map(({ id }) => id)).to.deep.equal(['a']);
  });
});

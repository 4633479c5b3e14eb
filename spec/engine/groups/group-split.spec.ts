import { expect } from 'chai';
import type { SplitJob } from '../../../lib/engine/groups/group-split.ts';
import type { JobRecord } from '../../../lib/engine/record/record.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { DiscardJob } from '../../../lib/errors.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { jobsIn, join } from '../../support/group.ts';

describe('splitting a running carrier', () => {
  let engine: SpecEngine;
  let session: Session;
  let carrier: Taken;

  beforeEach(async () => {
    engine = openEngine();
    session = engine.session();
    await join(engine, ['a', 'b'], { maxSize: 2 });
    [carrier] = (await take(session)) as [Taken];
  });
  afterEach(() => engine.close());

  const members = (): { id: string; job: JobRecord }[] =>
    carrier.record.data as { id: string; job: JobRecord }[];
  const badOne = (): SplitJob => {
    const { id = '', job: record } = members()[0] ?? {};
    return {
      id,
      text: JSON.stringify(record),
      error: new DiscardJob('no good'),
      as: 'discarded',
    };
  };
  const rest = (): string => JSON.stringify({ ...carrier.record, data: members().slice(1) });
  const split = (by = session): Promise<boolean> =>
    by.split({ id: carrier.id, record: rest(), jobs: [badOne()] });
  const failedIds = () => engine.client.zrange(engine.keys.failedOrder, 0, '-1');

  it('keeps the job in failed as it was added, with its error, and the carrier without it', async () => {
    expect(await split()).to.equal(true);

    const job = await engine.queries.job('a');
    expect(job).to.include({ state: 'failed' });
    expect(job?.record).to.deep.include({ data: { id: 'a' }, status: 'failed' });
    expect(job?.record.options.outcome).to.equal('discarded');
    expect(job?.record.options.errors?.[0]).to.include({ name: 'DiscardJob', message: 'no good' });
    expect(jobsIn((await engine.queries.job(carrier.id))?.record)).to.deep.equal(['b']);
  });

  it('counts once when the command is sent again', async () => {
    await split();

    expect(await split()).to.equal(true);

    expect(await failedIds()).to.deep.equal(['a']);
    expect(await engine.queries.snapshot(Date.now())).to.include({ failedToday: 1 });
  });

  it('changes nothing without the claim', async () => {
    await settle(session, [carrier, outcomes.interrupted]);

    expect(await split()).to.equal(false);

    expect(await failedIds()).to.deep.equal([]);
    expect(jobsIn((await engine.queries.job(carrier.id))?.record)).to.deep.equal(['a', 'b']);
  });

  it('keeps the job under a name of its own where another job has its id by now', async () => {
    await engine.client.del(engine.keys.gathered);
    await engine.add('a');

    await split();

    expect(await failedIds()).to.deep.equal([`${carrier.id}.a`]);
    expect(await engine.queries.job('a')).to.include({ state: 'waiting' });
  });

  it('keeps no record where failed jobs are not kept', async () => {
    await settle(session, [carrier, outcomes.interrupted]);
    const forgetful = engine.session({ keepFailed: 0 });
    await take(forgetful);

    expect(await split(forgetful)).to.equal(true);

    expect(await failedIds()).to.deep.equal([]);
    expect(await engine.queries.job('a')).to.equal(null);
    expect(await engine.queries.snapshot(Date.now())).to.include({ failedToday: 1 });
  });
});

import { expect } from 'chai';
import type { Outcome } from '../../lib/engine/record/settlement.ts';
import type { Session, Taken } from '../../lib/engine/session/session.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine, settle, take } from '../support/engine.ts';
import { until } from '../support/wait.ts';

describe('inspector.failures.noteReopened', () => {
  let engine: SpecEngine;
  let session: Session;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
  });
  afterEach(() => engine.close());

  const fail = async (id: string, message: string): Promise<void> => {
    await engine.save(id, { type: 'mail' });
    const [taken] = (await take(session, 1)) as [Taken];
    const outcome: Outcome = { kind: 'failed', error: new Error(message), as: 'failed' };
    await settle(session, [taken, outcome]);
  };
  const fingerprint = async (): Promise<string> =>
    (await inspector.failures.groups(queue)).groups[0]?.fingerprint ?? '';
  const resolve = async (of: string, version: string | null = null): Promise<void> => {
    await inspector.failures.mark(queue, of, { verdict: 'resolved', version }, 'ada');
    const at = (await inspector.failures.case(queue, of))?.mark?.at ?? 0;
    const isLater = async () => Number((await engine.client.time()).join('').slice(0, 13)) > at;
    await until(isLater, 'the clock of Redis has gone on');
  };

  it('tells one of all who look, and nobody who looks later', async () => {
    await fail('a', 'mailbox 1 full');
    const known = await fingerprint();
    await resolve(known, '1.4.2');
    await fail('b', 'mailbox 2 full');

    const looks = await Promise.all([1, 2, 3, 4].map(() => inspector.failures.noteReopened(queue)));
    const later = await inspector.failures.noteReopened(queue);

    const told = looks.flat();
    expect(told).to.have.length(1);
    expect(told[0]).to.deep.include({ queue, fingerprint: known, jobId: 'b' });
    expect(told[0]?.failure).to.include({ type: 'mail', message: 'mailbox 2 full' });
    expect(told[0]?.mark).to.include({ by: 'ada', version: '1.4.2', reopenedAt: told[0]?.at });
    expect(later).to.deep.equal([]);
  });

  it('is silent of what is resolved and was not seen again, is ignored or open', async () => {
    await fail('a', 'full');
    const known = await fingerprint();
    await resolve(known);
    expect(await inspector.failures.noteReopened(queue)).to.deep.equal([]);

    await inspector.failures.mark(queue, known, { verdict: 'ignored' }, 'ada');
    await fail('b', 'full');
    expect(await inspector.failures.noteReopened(queue)).to.deep.equal([]);

    await inspector.failures.mark(queue, known, { verdict: 'open', note: 'look' }, 'ada');
    expect(await inspector.failures.noteReopened(queue)).to.deep.equal([]);
  });

  it('stays reopened when the job that showed it is gone, until somebody resolves it anew', async () => {
    await fail('a', 'full');
    const known = await fingerprint();
    await resolve(known);
    await fail('b', 'full');
    await inspector.failures.noteReopened(queue);
    await inspector.remove(queue, 'b');

    expect(await inspector.failures.case(queue, known)).to.include({ state: 'reopened' });
    expect((await inspector.failures.groups(queue)).groups[0]).to.include({ state: 'reopened' });

    await resolve(known);
    expect(await inspector.failures.case(queue, known)).to.include({ state: 'resolved' });
    await fail('c', 'full');
    expect(await inspector.failures.noteReopened(queue)).to.have.length(1);
  });

  for (const score of ['inf', '1e300', '8640000000000000.5', '9007199254740993'])
    it(`tells once of a job that failed at ${score}, as another program says`, async () => {
      await fail('a', 'full');
      await resolve(await fingerprint());
      await fail('b', 'full');
      await engine.client.zadd(engine.keys.failedOrder, score, 'b');

      expect(await inspector.failures.noteReopened(queue)).to.have.length(1);
      expect(await inspector.failures.noteReopened(queue)).to.deep.equal([]);
    });

  it('tells of each kind by itself', async () => {
    await fail('a', 'full');
    const full = await fingerprint();
    await resolve(full);
    await fail('b', 'no route');
    const noRoute = (await inspector.failures.groups(queue)).groups.find(({ newestId }) => newestId === 'b');
    await resolve(noRoute?.fingerprint ?? '');
    await fail('c', 'full');

    expect((await inspector.failures.noteReopened(queue)).map(({ jobId }) => jobId)).to.deep.equal(['c']);
    await fail('d', 'no route');
    expect((await inspector.failures.noteReopened(queue)).map(({ jobId }) => jobId)).to.deep.equal(['d']);
  });
});

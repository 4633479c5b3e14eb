import { expect } from 'chai';
import type { Outcome } from '../../lib/engine/record/settlement.ts';
import type { Session, Taken } from '../../lib/engine/session/session.ts';
import { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine, settle, take } from '../support/engine.ts';

describe('inspector.failures', () => {
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

  /** Lets jobs fail for good, one after the other. */
  const fail = async (type: string, messages: Record<string, string>): Promise<void> => {
    for (const [id, message] of Object.entries(messages)) {
      await engine.save(id, { type });
      const [taken] = (await take(session, 1)) as [Taken];
      const outcome: Outcome = { kind: 'failed', error: new Error(message), as: 'failed' };
      await settle(session, [taken, outcome]);
    }
  };
  const failed = async (): Promise<string[]> =>
    (await inspector.jobs(queue, { state: 'failed' })).jobs.map(({ id }) => id).sort();

  it('groups what died of the same, the most frequent first, and shows the newest of each', async () => {
    await fail('mail', { a: 'mailbox 1 full', b: 'no route', c: 'mailbox 2 full', d: 'mailbox 3 full' });
    await fail('sms', { e: 'no route' });

    const { scanned, total, groups } = await inspector.failures.groups(queue);

    expect({ scanned, total }).to.deep.equal({ scanned: 5, total: 5 });
    expect(
      groups.map(({ type, message, count, newestId }) => [type, message, count, newestId]),
    ).to.deep.equal([
      ['mail', 'mailbox 3 full', 3, 'd'],
      ['sms', 'no route', 1, 'e'],
      ['mail', 'no route', 1, 'b'],
    ]);
    expect(new Set(groups.map(({ fingerprint }) => fingerprint)).size).to.equal(3);
    expect(groups[0]?.newestAt).to.equal(Number(await engine.client.zscore(engine.keys.failedOrder, 'd')));
  });

  it('is empty where nothing has failed', async () => {
    expect(await inspector.failures.groups(queue)).to.deep.equal({ scanned: 0, total: 0, groups: [] });
  });

  it('looks at the newest, as many as it is told, and says so', async () => {
    await fail('mail', { a: 'old', b: 'new 1', c: 'new 2' });

    const { scanned, total, groups } = await inspector.failures.groups(queue, { most: 2 });

    expect({ scanned, total }).to.deep.equal({ scanned: 2, total: 3 });
    expect(groups.map(({ message }) => message)).to.deep.equal(['new 2']);
  });

  it('looks at more than one window, each job once', async () => {
    const messages = Array.from({ length: 400 }, (_, at) => [`job-${at}`, `no luck with ${at}`] as const);
    await engine.add(...messages.map(([id]) => id));
    const ends = (await take(session, 400)).map((taken): [Taken, Outcome] => [
      taken,
      { kind: 'failed', error: new Error(`no luck with ${taken.id}`), as: 'failed' },
    ]);
    await settle(session, ...ends);

    const { scanned, groups } = await inspector.failures.groups(queue);

    expect(scanned).to.equal(400);
    expect(groups.map(({ count }) => count)).to.deep.equal([400]);
  });

  it('groups jobs of which no error was kept', async () => {
    await fail('mail', { a: 'gone' });
    await engine.client.hset(engine.keys.jobs, 'a', 'garbage');

    const { groups } = await inspector.failures.groups(queue);

    expect(groups).to.have.length(1);
    expect(groups[0]).to.include({ type: queue, message: '', count: 1 });
  });

  it('names the group on which retrying and removing act, exactly that', async () => {
    await fail('mail', { a: 'mailbox 1 full', b: 'no route', c: 'mailbox 2 full' });
    await fail('sms', { d: 'mailbox 3 full' });
    const { groups } = await inspector.failures.groups(queue);
    const ofMail = groups.find(({ count }) => count === 2)?.fingerprint ?? '';
    const ofSms = groups.find(({ type }) => type === 'sms')?.fingerprint ?? '';

    expect(await inspector.retryAll(queue, { fingerprint: ofMail })).to.equal(2);
    expect(await inspector.removeAll(queue, 'failed', { fingerprint: ofSms })).to.equal(1);

    expect(await engine.waiting()).to.deep.equal(['a', 'c']);
    expect(await failed()).to.deep.equal(['b']);
  });

  it('refuses a fingerprint that cannot be, and acts on nothing', async () => {
    await fail('mail', { a: 'no route' });

    for (const act of [
      () => inspector.retryAll(queue, { fingerprint: 'all' }),
      () => inspector.removeAll(queue, 'failed', { fingerprint: '' }),
    ]) {
      const error = await act().catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ApiaryError).that.includes({ code: 'JOB_INVALID' });
    }
    expect(await failed()).to.deep.equal(['a']);
  });

  for (const most of [0, 1.5, 10_001, Number.NaN]) {
    it(`refuses to look at ${most} jobs`, async () => {
      const error = await inspector.failures.groups(queue, { most }).catch((thrown: unknown) => thrown);

      expect(error).to.be.instanceOf(ApiaryError).that.includes({ code: 'JOB_INVALID' });
    });
  }
});

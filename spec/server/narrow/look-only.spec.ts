import { expect } from 'chai';
import { ApiaryError, coerceError } from '../../../lib/errors.ts';
import type { Inspector } from '../../../lib/inspector/inspector.ts';
import { lookOnlyInspector, lookOnlyProducer } from '../../../lib/server/narrow/look-only.ts';
import { narrowedInspector, RULES } from '../../../lib/server/narrow/narrowed-inspector.ts';
import { PART_RULES } from '../../../lib/server/narrow/part-rules.ts';
import { SHARED_RULES } from '../../../lib/server/narrow/shared-parts.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

const WHY = 'Redis server eu is read-only in this monitor';

describe('an inspector that only looks', () => {
  let monitor: SpecMonitor;
  let closed: Inspector;

  before(async () => {
    monitor = await openMonitor({ looksForRuns: false });
    closed = lookOnlyInspector(monitor.inspector, WHY);
  });

  after(() => monitor.close());

  /** Calls a member by its name, as nobody does who keeps to the types. */
  const call = async (of: object, name: string): Promise<unknown> => {
    const member: unknown = Reflect.get(of, name);
    if (typeof member !== 'function') throw new Error(`${name} is no call`);
    return Reflect.apply(member, of, [QUEUE, 'id', 'by', 'by']);
  };
  const refusal = async (of: object, name: string): Promise<unknown> => {
    const error = await call(of, name).then(() => null, coerceError);
    return error instanceof ApiaryError ? [error.code, error.message] : error;
  };

  it('refuses every call that changes something, in itself and in its parts', async () => {
    const refused = ['NOT_ALLOWED', WHY];
    let tried = 0;
    const tryAll = async (of: object, rules: object): Promise<void> => {
      for (const [name, rule] of Object.entries(rules)) {
        if (!String(rule).startsWith('change')) continue;
        tried++;
        expect(await refusal(of, name), name).to.deep.equal(refused);
      }
    };

    await tryAll(closed, RULES);
    for (const [part, rules] of Object.entries({ ...PART_RULES, ...SHARED_RULES }))
      await tryAll(Reflect.get(closed, part) as object, rules);

    expect(tried).to.be.greaterThan(50);
    expect(await monitor.client.keys(`${monitor.prefix}*`)).to.deep.equal([]);
  });

  it('notes nothing in the audit stream', async () => {
    await closed.audit.record({
      ...{ by: 'ada', through: 'monitor', action: 'pause', queue: QUEUE, id: null },
      ...{ outcome: 'refused', detail: null },
    });

    expect(await monitor.client.keys(`${monitor.prefix}*`)).to.deep.equal([]);
  });

  it('shows what the other does, and keeps to narrower rights of the other', async () => {
    const id = await monitor.jobIn('failed');
    const { inspector } = monitor;
    const narrow = narrowedInspector({
      ...{ rights: { sees: ['mail'], changes: ['mail'] }, open: inspector, closed: inspector },
    });

    for (const looking of [closed, lookOnlyInspector(narrow, WHY)]) {
      expect(await looking.job(QUEUE, id)).to.deep.equal(await inspector.job(QUEUE, id));
      expect(await looking.census.names()).to.deep.equal([QUEUE]);
      expect(await looking.queue(QUEUE)).to.have.nested.property('counts.failed', 1);
      expect((await looking.audit.list()).entries).to.deep.equal([]);
      expect(await looking.failures.groups(QUEUE)).to.have.property('total', 1);
      expect(await refusal(looking, 'retry')).to.deep.equal(['NOT_ALLOWED', WHY]);
    }
    const other = lookOnlyInspector(narrow, WHY).queue('other');
    expect(await other.then(() => null, coerceError)).to.have.property('code', 'NOT_ALLOWED');
  });

  it('has nothing that no rule knows', () => {
    expect(Reflect.get(closed, 'constructor')).to.equal(undefined);
    expect(Reflect.set(closed, 'retry', () => undefined)).to.equal(false);
  });

  it('comes with a producer that adds nothing', async () => {
    const producer = lookOnlyProducer(monitor.producer, WHY);
    const job = { type: 'a', queue: 'added', data: 1, options: {} };

    for (const adder of [producer, producer.as('ada')])
      expect(await adder.addRaw(job).then(() => null, coerceError)).to.include({ message: WHY });

    expect(await monitor.inspector.census.names()).not.to.include('added');
  });
});

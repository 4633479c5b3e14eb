import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { MOST_SIGNALS, MOST_SIGNALS_BYTES } from '../../lib/engine/signals/kept-signals.ts';
import { MOST_SIGNAL_BYTES } from '../../lib/engine/signals/send-signal.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { refusal, rejection } from '../support/refusal.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('producer.signal', () => {
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers.close());

  const order = () =>
    defineJob({
      type: 'order',
      queue: workers.queue,
      schema: z.any(),
      signals: { approved: z.object({ by: z.string() }) },
    });
  const add = async () => (await workers.producer.add(order(), 1, { delayMs: 600_000 })).id;
  const at = (id: string) => ({ id, queue: workers.queue });

  it('finds a job by its id alone', async () => {
    const id = await add();

    expect(await workers.producer.signal(id, 'go')).to.deep.equal({
      ...at(id),
      signal: 'go',
      created: true,
    });
    expect((await rejection(workers.producer.signal('nobody', 'go'))).code).to.equal('JOB_NOT_FOUND');
    expect((await rejection(workers.producer.signal(at('nobody'), 'go'))).code).to.equal('JOB_NOT_FOUND');
  });

  it('checks name and data by the definition that it is told', async () => {
    const id = await add();
    const send = workers.producer.signal.bind(workers.producer) as (...given: unknown[]) => Promise<unknown>;

    const name = await rejection(send(id, 'aproved', {}, { of: order() }));
    expect([name.code, name.message]).to.deep.equal([
      'JOB_INVALID',
      'signal aproved is none of those that jobs of type order wait for: approved',
    ]);
    const data = await rejection(send(id, 'approved', { by: 1 }, { of: order() }));
    expect([data.code, data.problems[0]?.path]).to.deep.equal(['JOB_INVALID', 'by']);
    expect((await rejection(send(id, 'approved', {}, { of: {} }))).code).to.equal('JOB_INVALID');
    expect(await send(id, 'approved', { by: 'ann' }, { of: order() })).to.include({ created: true });
  });

  for (const name of ['', 'two words', 'a\nb', 'half \ud800', '.', 'x'.repeat(129), 7, null, '{}']) {
    it(`refuses ${JSON.stringify(name)?.slice(0, 20)} as a name`, async () => {
      const send = workers.producer.signal.bind(workers.producer) as (
        ...given: unknown[]
      ) => Promise<unknown>;
      expect((await rejection(send(await add(), name, 1))).code).to.equal('JOB_INVALID');
    });
  }

  it('takes names that mean something elsewhere, and data of any letters', async () => {
    const id = await add();
    const data = { text: '\ud800 \u0000 \n " \u2028', nested: [[], {}] };
    for (const name of ['__proto__', 'constructor', '%d+', '^.*$', '-', '?', 'ä€😀'])
      expect(await workers.producer.signal(at(id), name, data), name).to.include({ created: true });
    for (const name of ['__proto__', '%d+', 'ä€😀'])
      expect(await workers.producer.signal(at(id), name, data), name).to.include({ created: false });
  });

  it('refuses data that JSON cannot hold, and more than may be', async () => {
    const id = at(await add());
    const send = (name: string, data: unknown) => workers.producer.signal(id, name, data);

    expect((await rejection(send('date', new Date()))).code).to.equal('JOB_INVALID');
    expect((await rejection(send('long', 'x'.repeat(MOST_SIGNAL_BYTES)))).code).to.equal('DATA_TOO_LARGE');
    const most = 'x'.repeat(MOST_SIGNAL_BYTES - 2);
    for (let n = 0; n < Math.floor(MOST_SIGNALS_BYTES / MOST_SIGNAL_BYTES) - 1; n++)
      await send(`n${n}`, most);
    await send('almost', 'x'.repeat(MOST_SIGNAL_BYTES - 1_000));
    expect((await rejection(send('last', 'x'.repeat(1_000)))).code).to.equal('DATA_TOO_LARGE');
  });

  it('gives a job so many signals and no more', async () => {
    const id = at(await add());
    for (let n = 0; n < MOST_SIGNALS; n++) await workers.producer.signal(id, `n${n}`);

    expect((await rejection(workers.producer.signal(id, 'one-more'))).code).to.equal('JOB_STATE_FORBIDS');
    expect(await workers.producer.signal(id, 'n7')).to.include({ created: false });
  });

  it('refuses a job that waits in a group', async () => {
    const grouped = defineJob({ type: 'grouped', queue: workers.queue, schema: z.any(), group: {} });
    const { id } = await workers.producer.add(grouped, 1, { group: 'g' });

    const { code, message } = await rejection(workers.producer.signal(at(id), 'go'));
    expect(code).to.equal('JOB_STATE_FORBIDS');
    expect(message).to.match(/waits in a group/);
  });

  it('tells of the signal among the events of the queue', async () => {
    const id = await add();
    const keys = queueKeys('bq', workers.queue, false);
    await workers.client.xadd(keys.eventLog, '1-1', 'event', '');
    await workers.producer.signal(at(id), 'go');

    const [, ...entries] = await workers.client.xrange(keys.eventLog, '-', '+');
    expect(entries.map(([, fields]) => fields)).to.deep.equal([
      ['event', 'signalled', 'job', id, 'data', 'go'],
    ]);
  });

  it('is refused by a definition that says no schemas of signals', () => {
    const define = defineJob as (given: object) => unknown;
    for (const signals of [[], { go: 1 }, { 'two words': z.any() }, 'go'])
      expect(refusal(() => define({ type: 'bad', schema: z.any(), signals })).message).to.match(
        /signals must be/,
      );
  });
});

import { expect } from 'chai';
import sinon from 'sinon';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine } from '../support/engine.ts';

const KEYS = 1_000;
/** What a look may send, however many keys have lines: some commands, and one or two for every 500 lines. */
const MOST = 40;

/** Looks and changes that who watches a queue makes again and again. */
const LOOKS: Record<string, (inspector: Inspector, queue: string) => Promise<unknown>> = {
  'a queue': (inspector, queue) => inspector.queue(queue),
  'the keys with most jobs': (inspector, queue) => inspector.limits.keys(queue),
  'a page of waiting jobs': (inspector, queue) => inspector.jobs(queue, { state: 'waiting', limit: 10 }),
  'why a job waits': (inspector, queue) => inspector.why(queue, 'job-700'),
  'a pause': (inspector, queue) => inspector.pause(queue, 'ada'),
  'a removal of what there is not': (inspector, queue) => inspector.remove(queue, 'made up'),
};

describe('a queue with a thousand lines', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  let queue: string;

  beforeEach(async () => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
    await inspector.limits.set(queue, { fair: true }, 'ada');
    for (let at = 0; at < KEYS + 1; at++) await engine.save(`job-${at}`, { key: `key-${at}` });
    const session = engine.session();
    // A take sorts what waits into lines, some hundred at a time.
    while ((await engine.client.llen(engine.keys.waiting)) > 0) await session.exchange([], 1);
    expect(await engine.client.zcard(engine.keys.turns)).to.be.at.least(KEYS - 10);
  });
  afterEach(async () => {
    sinon.restore();
    await engine.close();
  });

  for (const [name, look] of Object.entries(LOOKS)) {
    it(`costs ${name} a few commands`, async () => {
      const sent = sinon.spy(engine.client, 'sendCommand');

      await look(inspector, queue);

      expect(sent.callCount).to.be.at.most(MOST);
    });
  }
});

import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { queueEventSchema } from '../../lib/server/api/event-schemas.ts';
import { apiary } from '../support/command-line.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const eventSchema = z.looseObject({ event: z.string(), queue: z.string(), id: z.string(), job: z.string() });

describe('apiary events', () => {
  let rig: SpecWorkers;

  beforeEach(async () => {
    rig = openWorkers();
    await rig.producer.addRaw({ type: 'job', queue: rig.queue, data: 1, options: { id: 'first' } });
  });

  afterEach(() => rig.close());

  /** Resolves when somebody listens to the queue, so that what happens from then on is told. */
  const isHeard = () =>
    until(
      async () => (await rig.client.exists(queueKeys('bq', rig.queue, false).eventLog)) === 1,
      'somebody listens',
    );

  it('prints what happens as it happens, and goes on behind an event', async () => {
    const following = apiary(['events', rig.queue, '--follow', '--limit', '2', '--json']);
    await isHeard();
    await rig.producer.addRaw({ type: 'job', queue: rig.queue, data: 1, options: { id: 'second' } });
    await rig.store().remove('first');

    const { code, out } = await following;
    expect(code).to.equal(0);
    const [added, removed] = out
      .trimEnd()
      .split('\n')
      .map((line) => eventSchema.parse(queueEventSchema.parse(JSON.parse(line))));
    expect([added?.event, added?.job, removed?.event, removed?.job]).to.deep.equal([
      'added',
      'second',
      'removed',
      'first',
    ]);

    const again = await apiary(['events', rig.queue, '--since', added?.id ?? '', '--limit', '1', '--utc']);
    expect(again.out).to.match(/^\d{4}-\S+Z {2}removed {4}test-\S+ {2}first\n$/);
  });

  it('refuses what cannot be', async () => {
    for (const [words, code] of [
      [['events', 'none'], 3],
      [['events', '--since', '1-1'], 2],
      [['events', rig.queue, '--since', 'x'], 2],
    ] as const) {
      expect((await apiary(words)).code).to.equal(code, words.join(' '));
    }
  });
});

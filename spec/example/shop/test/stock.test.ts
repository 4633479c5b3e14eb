import { testApiary } from 'apiary-jobs/testing';
import { expect } from 'chai';
import { shopHandlers, shopSchedules } from '../src/handlers.js';
import { FakeWorld } from './fake-world.js';

describe('the stock', () => {
  it('is counted once a day, also over a change of the clocks', async () => {
    const kit = await testApiary({
      handlers: ({ producer }) => shopHandlers(new FakeWorld(), producer),
      schedules: shopSchedules,
      now: '2030-03-29T12:00:00Z',
    });

    const counted = await kit.drain({ for: '31d' });

    expect(counted).to.have.length(31);
    expect(counted[0]).to.have.succeeded.with(42);
    await kit.close();
  });
});

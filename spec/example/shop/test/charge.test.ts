import { checkIdempotent, runJob } from 'apiary-jobs/testing';
import { expect } from 'chai';
import { shopHandlers } from '../src/handlers.js';
import { FakeWorld } from './fake-world.js';

describe('charging alone', () => {
  const addsNothing = { add: () => Promise.reject(new Error('charging adds nothing by the producer')) };
  const data = { order: 'a', customer: 'ada', cents: 1_200 };
  let world = new FakeWorld();
  const [charge] = shopHandlers(
    {
      charge: (...args) => world.charge(...args),
      ship: (...args) => world.ship(...args),
      mail: (...args) => world.mail(...args),
      countStock: () => world.countStock(),
    },
    addsNothing,
  );
  if (!charge) throw new Error('the shop has handlers');

  beforeEach(() => {
    world = new FakeWorld();
  });

  it('refuses what nobody pays', async () => {
    expect(await runJob(charge, { ...data, cents: 2_000_000 })).to.have.beenDiscarded;
  });

  it('gives up after three retries', async () => {
    world.isBankOpen = false;

    expect((await runJob(charge, data, { attempt: 4 })).outcome).to.equal('failed');
  });

  it('may be run twice', async () => {
    await checkIdempotent(charge, data, {
      observe: () => world.charged,
      reset: () => {
        world = new FakeWorld();
      },
    });
  });
});

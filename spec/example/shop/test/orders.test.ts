import { type TestApiary, testApiary } from 'apiary-jobs/testing';
import { expect } from 'chai';
import { shopHandlers } from '../src/handlers.js';
import { Charge, Ship, Tell } from '../src/jobs.js';
import { FakeWorld } from './fake-world.js';

describe('orders', () => {
  let world: FakeWorld;
  let kit: TestApiary;

  beforeEach(async () => {
    world = new FakeWorld();
    kit = await testApiary({
      handlers: ({ producer }) => shopHandlers(world, producer),
      now: '2030-03-30T12:00:00Z',
    });
  });
  afterEach(() => kit.close());

  const order = (name: string) => ({ order: name, customer: 'ada', cents: 1_200 });

  it('ships what was paid, and tells of it in one mail', async () => {
    await kit.producer.addMany(Charge, [order('a'), order('b')]);

    const [first] = await kit.drain();

    expect(first).to.have.succeeded.with('receipt of a');
    expect(first?.added.map(({ type }) => type)).to.deep.equal(['order.ship']);
    await expect(kit.producer).to.have.enqueued(Tell).times(2).inQueue('mail');
    expect(world.mails).to.deep.equal([]);
    await kit.advance('10m');
    await kit.drain();
    expect(world.mails).to.deep.equal(['ada: shipped: a, b']);
  });

  it('waits for the bank', async () => {
    world.isBankOpen = false;
    await kit.producer.add(Charge, order('a'));

    const [closed] = await kit.drain();
    expect(closed).to.have.failedWith(/closed/);
    expect(closed).to.have.retriedAt('2030-03-30T12:01:00Z');
    await expect(kit.producer).to.not.have.enqueued(Ship);

    world.isBankOpen = true;
    await kit.drain({ withDelayed: true });
    expect(world.shipped).to.deep.equal(['a']);
  });

  it('takes the money once, though the worker dies after it was taken', async () => {
    const ship = world.ship.bind(world);
    let deaths = 0;
    world.ship = async (name) => {
      if (deaths++ === 0) kit.killWorker();
      await ship(name);
    };
    await kit.producer.add(Charge, order('a'));

    await kit.drain({ withDelayed: true });

    expect(deaths).to.equal(2);
    expect(world.charged).to.deep.equal(['a 1200']);
    expect(world.mails).to.deep.equal(['ada: shipped: a']);
  });
});

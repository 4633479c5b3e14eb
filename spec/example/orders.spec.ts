// A small order system, the whole of it, and what it promises. `npm run example` runs it. In a project of your own the
// imports are from 'apiary-jobs' and 'apiary-jobs/testing', and redis is the Redis that you have.
import { expect } from 'chai';
import { z } from 'zod';
import {
  createInspector,
  createProducer,
  createWorker,
  defineJob,
  handle,
  handleGroup,
  type Inspector,
  jobFor,
  type Producer,
  schedule,
  type Worker,
} from '../../lib/index.ts';
import { startTestRedis, type TestRedis } from '../../lib/testing/index.ts';
import { until } from '../support/wait.ts';

const anOrder = { order: z.string(), customer: z.string() };

/** Takes the money. Fails now and then, so it is retried. */
const Charge = defineJob({
  type: 'order.charge',
  queue: 'orders',
  schema: z.object({ ...anOrder, cents: z.int().min(1), items: z.array(z.string()).min(1) }),
  retries: 5,
  backoff: { type: 'fixed', delayMs: 10 },
});
const Pick = defineJob({
  type: 'item.pick',
  queue: 'warehouse',
  schema: z.object({ order: z.string(), item: z.string() }),
});
const Ship = defineJob({ type: 'order.ship', queue: 'warehouse', schema: z.object(anOrder) });
/** One mail for all that was shipped to a customer within a moment. */
const Tell = defineJob({
  type: 'customer.tell',
  queue: 'mail',
  schema: z.object({ order: z.string() }),
  group: { graceMs: 1_000, maxDelayMs: 10_000 },
});
const CountStock = defineJob({ type: 'stock.count', queue: 'warehouse', schema: z.object({}) });

/** The world outside: a bank whose line breaks once per order after it has taken the money, a warehouse, a postman. */
class World {
  readonly charged: string[] = [];
  readonly picked: string[] = [];
  readonly shipped: string[] = [];
  readonly mails: { customer: string; orders: string[] }[] = [];
  counts = 0;
  mostAtTheBank = 0;
  readonly #atTheBank = new Map<string, number>();
  readonly #broken = new Set<string>();

  async charge(order: string, customer: string): Promise<string> {
    const before = this.#atTheBank.get(customer) ?? 0;
    this.#atTheBank.set(customer, before + 1);
    this.mostAtTheBank = Math.max(this.mostAtTheBank, before + 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.#atTheBank.set(customer, before);
    this.charged.push(order);
    return `receipt-${order}`;
  }

  breakOnce(order: string): void {
    if (this.#broken.has(order)) return;
    this.#broken.add(order);
    throw new Error('the line to the bank is broken');
  }
}

const handlers = (world: World, producer: Producer) => [
  handle(Charge, async ({ order, customer, items }, ctx) => {
    // What was done stays done, however often the rest has to be tried again.
    const receipt = await ctx.once('charge', () => world.charge(order, customer));
    world.breakOnce(order);
    // Under the id of the order this makes one batch, however often it is called; it ends with the shipping.
    const jobs = items.map((item) => jobFor(Pick, { order, item }));
    await producer.addBatch({ id: order, jobs, last: jobFor(Ship, { order, customer }) });
    return receipt;
  }),
  handle(Pick, ({ order, item }) => void world.picked.push(`${order}/${item}`)),
  handle(Ship, async ({ order, customer }) => {
    world.shipped.push(order);
    await producer.add(Tell, { order }, { id: `tell-${order}`, group: customer });
  }),
  handleGroup(Tell, (jobs, ctx) => {
    world.mails.push({ customer: ctx.group ?? '', orders: jobs.map(({ data }) => data.order) });
  }),
  handle(CountStock, () => void world.counts++),
];

describe('an order system', () => {
  const world = new World();
  const orders = ['ada-1', 'ada-2', 'ada-3', 'bob-1', 'bob-2', 'cy-1'];
  let redis: TestRedis;
  let producer: Producer;
  let inspector: Inspector;
  let worker: Worker;

  before(async () => {
    redis = await startTestRedis();
    producer = createProducer({ redis: redis.url });
    inspector = createInspector({ redis: redis.url });
    // The bank takes one payment of a customer at a time, and whoever orders much must not hold up the others.
    await inspector.limits.set('orders', { perKey: { concurrency: 1 }, fair: true }, 'example');
    const rate = { count: 200, perMs: 1_000 };
    await inspector.limits.set('warehouse', { concurrency: 4, rate }, 'example');
    worker = createWorker({
      redis: redis.url,
      concurrency: 20,
      handlers: handlers(world, producer),
      schedules: [schedule(CountStock, { name: 'stock', cron: '@every 1s', data: {}, overlap: 'skip' })],
    });
    await worker.start();
    for (const order of [...orders, ...orders]) await place(order); // Everybody clicks twice.
    const told = () => world.mails.flatMap((mail) => mail.orders);
    await until(() => told().length === orders.length, 'all are told');
    await until(() => world.counts > 0, 'the stock was counted');
  });
  after(async () => {
    await Promise.all([worker.stop(), producer.close(), inspector.close()]);
    await redis.stop();
  });

  /** What the shop does when somebody orders: the same order twice is one. */
  async function place(order: string): Promise<void> {
    const [customer = ''] = order.split('-');
    const data = { order, customer, cents: 4_200, items: ['book', 'pen'] };
    await producer.add(Charge, data, { id: order, unique: { key: order }, key: customer });
  }

  it('takes the money of each order once, though the line broke after it was taken', () => {
    expect(world.charged.sort()).to.deep.equal(orders);
  });
  it('asks the bank for one payment of a customer at a time', () => expect(world.mostAtTheBank).to.equal(1));
  it('ships each order once, when all its items are picked', async () => {
    expect(world.shipped.sort()).to.deep.equal(orders);
    expect(world.picked).to.have.length(2 * orders.length);
    expect(await inspector.batches.get('warehouse', 'ada-1')).to.include({ state: 'done', succeeded: 2 });
  });
  it('tells each customer of all orders, in fewer mails than orders', () => {
    expect(world.mails.length).to.be.below(orders.length);
  });
});

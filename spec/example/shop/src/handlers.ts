import { type BoundHandler, DiscardJob, handle, handleGroup, type Producer, schedule } from 'apiary-jobs';
import { Charge, CountStock, Ship, Tell } from './jobs.js';

/** The world outside. */
export interface World {
  /** Takes money; resolves with a receipt. */
  charge(order: string, cents: number): Promise<string>;
  ship(order: string): Promise<void>;
  mail(customer: string, text: string): Promise<void>;
  countStock(): Promise<number>;
}

/** What the shop does. */
export function shopHandlers(world: World, producer: Pick<Producer, 'add'>): BoundHandler[] {
  return [
    handle(Charge, async ({ order, customer, cents }, ctx) => {
      if (cents > 1_000_000) throw new DiscardJob('nobody pays that much');
      const receipt = await ctx.once('charge', () => world.charge(order, cents));
      await ctx.progress(100);
      await ctx.follow(Ship, { order, customer });
      return receipt;
    }),
    handle(Ship, async ({ order, customer }) => {
      await world.ship(order);
      await producer.add(Tell, { order }, { id: `tell-${order}`, group: customer });
    }),
    handleGroup(Tell, async (jobs, ctx) => {
      await world.mail(ctx.group ?? '', `shipped: ${jobs.map(({ data }) => data.order).join(', ')}`);
    }),
    handle(CountStock, () => world.countStock()),
  ];
}

/** What the shop does by itself. */
export const shopSchedules = [
  schedule(CountStock, { name: 'stock', cron: '30 2 * * *', timeZone: 'Europe/Berlin', data: {} }),
];

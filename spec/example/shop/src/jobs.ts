import { defineJob } from 'apiary-jobs';
import { z } from 'zod';

/** Takes the money for an order. */
export const Charge = defineJob({
  type: 'order.charge',
  queue: 'orders',
  schema: z.object({ order: z.string(), customer: z.string(), cents: z.number().int().positive() }),
  retries: 3,
  backoff: { type: 'exponential', delayMs: 60_000 },
});

/** Sends what was paid. */
export const Ship = defineJob({
  type: 'order.ship',
  queue: 'warehouse',
  schema: z.object({ order: z.string(), customer: z.string() }),
});

/** Tells a customer of all that was shipped within ten minutes, in one mail. */
export const Tell = defineJob({
  type: 'customer.tell',
  queue: 'mail',
  schema: z.object({ order: z.string() }),
  group: { graceMs: 600_000 },
});

/** Counts the stock. */
export const CountStock = defineJob({ type: 'stock.count', queue: 'warehouse', schema: z.object({}) });

// A worker of a shop: REDIS_URL, and the version of the program, whose 2.4.0 is a bad deployment.
import { createWorker, handle } from '../../lib/index.ts';
import { BAD, BuildReport, ChargeCard, HUGE, ResizeImage } from './shop-jobs.ts';

const version = process.argv[2] ?? '';
const isBad = version === BAD;
const SLOW_MS = 1_500;

/** What 2.4.0 knows of currencies: the old orders have none. */
function currencyOf(order: number): { code: string } {
  const known: Partial<Record<number, { code: string }>> = { 1: { code: 'EUR' } };
  const found = isBad && order % 5 === 0 ? known[0] : known[1];
  if (found === undefined) throw new TypeError(`order ${order} has no currency`);
  return found;
}

/** In 2.4.0 it looks for the edge of an image that has none, for ever. */
function findEdge(file: string): number {
  let at = 0;
  while (isBad && file === HUGE) at = (at + 1) % 4_096;
  return at;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const worker = createWorker({
  redis: process.env['REDIS_URL'] ?? '',
  appVersion: version,
  concurrency: 4,
  shutdownTimeoutMs: 2_000,
  attributesErrors: true,
  handlers: [
    handle(ChargeCard, async ({ order }) => ({ paidIn: currencyOf(order).code })),
    handle(BuildReport, async ({ shop }, ctx) => {
      if (!isBad) return { shop };
      ctx.log.info('asking for 300 orders one by one: the batch call is gone since 2.4.0');
      await pause(SLOW_MS);
      return { shop };
    }),
    handle(ResizeImage, async ({ file }) => ({ edge: findEdge(file) })),
  ],
});
const stop = (): void => {
  worker.stop().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
await worker.start();
console.log('the shop works');

import { z } from 'zod';
import { defineJob } from '../../lib/index.ts';

/** The versions of the shop's program: one that was well for an hour, and the one that is not. */
export const GOOD = '2.3.0';
/** See {@link GOOD}. */
export const BAD = '2.4.0';

/** The image at which a worker of the bad version hangs. */
export const HUGE = 'huge.tiff';

/** Of which one in five fails since the deployment. */
export const ChargeCard = defineJob({
  type: 'card.charge',
  queue: 'orders',
  schema: z.object({ order: z.number() }),
  retries: 0,
});

/** Which is slow since then. */
export const BuildReport = defineJob({
  type: 'report.build',
  queue: 'reports',
  schema: z.object({ shop: z.number() }),
});

/** Which hangs at one image; a worker counts as one that hangs, and is given up, only when the timeout is over. */
export const ResizeImage = defineJob({
  type: 'image.resize',
  queue: 'images',
  schema: z.object({ file: z.string() }),
  timeoutMs: 3_600_000,
});

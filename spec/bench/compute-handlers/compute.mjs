import { createHash } from 'node:crypto';
import { z } from 'zod';

// The build that the service is of, so that it knows what it is given.
const { defineJob, handle } = await import(`${process.env.BENCH_BUILD}/index.js`);

const Compute = defineJob({ type: 'email.send', queue: 'compute', schema: z.looseObject({}) });
const hashes = Number(process.env.BENCH_HASHES);

export default handle(Compute, async () => {
  for (let at = 0; at < hashes; at++) createHash('sha256').update(String(at)).digest();
});

import { z } from 'zod';

// The build that the service is of, so that it knows what it is given.
const { defineJob, handle } = await import(`${process.env.BENCH_BUILD}/index.js`);

const variables = z.object({ name: z.string(), order: z.number(), total: z.string() });
const SendEmail = defineJob({
  type: 'email.send',
  queue: 'mail',
  schema: z.object({
    to: z.string(),
    subject: z.string(),
    template: z.string(),
    locale: z.string(),
    variables,
  }),
});

export default handle(SendEmail, () => {});

import { z } from 'zod';
import { defineJob, handle } from '../../../lib/index.ts';

const SendEmail = defineJob({
  type: 'email.send',
  queue: 'mail',
  schema: z.object({ to: z.email(), subject: z.string() }),
});

export default handle(SendEmail, ({ to }) => `sent to ${to}`);

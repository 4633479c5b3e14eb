import { z } from 'zod';
import { ISO_EXAMPLE, ISO_TIME } from '../../jobs/option-checks.ts';
import { isLabel, isName, LABEL_RULE, NAME_RULE } from '../../names.ts';

/** A name. The message does not repeat what came, which may be a megabyte; so with all texts here. */
export const nameText = () => z.string().refine(isName, `must be ${NAME_RULE}`);
/** An id, a key or a group. */
export const labelText = () => z.string().refine(isLabel, `must be ${LABEL_RULE}`);
/** A time. */
export const timeValue = () =>
  z.union([z.int(), z.string().regex(ISO_TIME)], {
    error: `must be whole epoch milliseconds or an ISO date with time and zone, as ${ISO_EXAMPLE}`,
  });

/** The name of a job type. */
export const typeName = nameText().meta({ description: 'what the job is', examples: ['email.send'] });
/** The name of a queue. */
export const queueName = nameText().meta({ description: 'where the job waits', examples: ['mail'] });

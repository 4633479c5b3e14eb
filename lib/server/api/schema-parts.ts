import { nameText } from '../../jobs/option-checks.ts';

/** The name of a job type. */
export const typeName = nameText().meta({ description: 'what the job is', examples: ['email.send'] });
/** The name of a queue. */
export const queueName = nameText().meta({ description: 'where the job waits', examples: ['mail'] });

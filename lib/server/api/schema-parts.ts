import { z } from 'zod';
import { isName, NAME_RULE } from '../../names.ts';

/** An object that refuses unknown fields by name and lists the known ones. */
export function closedObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `unknown; known are ${known}` : undefined),
  });
}

/** A name of a queue, type or back-off. The message does not repeat what came, which may be a megabyte. */
export function name() {
  return z.string().refine(isName, `must be ${NAME_RULE}`);
}

/** The name of a job type. */
export const typeName = name().meta({ description: 'what the job is', examples: ['email.send'] });
/** The name of a queue. */
export const queueName = name().meta({ description: 'where the job waits', examples: ['mail'] });

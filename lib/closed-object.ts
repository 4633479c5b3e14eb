import { z } from 'zod';
import { unknownAmong } from './nearest.ts';

/** So many names are compared with the known ones; of the others it is only said that they are unknown. */
const MOST_COMPARED = 3;

/**
 * The shape of an object that refuses unknown fields by name, and says of the first three which known one is nearest
 * and which there are: in the message of its issue is a line for each of them, in their order.
 */
export function closedObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .map((name, at) => (at < MOST_COMPARED ? unknownAmong(name, known) : 'unknown'))
            .join('\n')
        : undefined,
  });
}

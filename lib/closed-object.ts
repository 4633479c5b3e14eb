import { z } from 'zod';
import { unknownAmong } from './nearest.ts';

/**
 * The shape of an object that refuses unknown fields by name, and says which known one is nearest and which there are:
 * in the message of its issue is a line for each of them, in their order.
 */
export function closedObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((name) => unknownAmong(name, known)).join('\n')
        : undefined,
  });
}

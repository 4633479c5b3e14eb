import { z } from 'zod';

/** The shape of an object that refuses unknown fields by name and lists the known ones. */
export function closedObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `unknown; known are ${known}` : undefined),
  });
}

import { z } from 'zod';

/**
 * A map of strings by names of the caller's choice. `__proto__` is refused as a name: zod leaves it out without a
 * word, and in much that handles such maps it is no name but a way to the object's prototype.
 */
export function stringMap() {
  return z.preprocess(
    (given, ctx) => {
      if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__')) {
        ctx.addIssue({ code: 'custom', path: ['__proto__'], message: 'cannot be a name here' });
      }
      return given;
    },
    z.record(z.string(), z.string()),
  );
}

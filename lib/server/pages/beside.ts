import { isPassing } from '../../errors.ts';

/**
 * What a page tells beside what it is about: `instead` where that cannot be read, such as a key that holds another type
 * of value. Rejects where Redis does not serve, as the page itself does.
 */
export async function beside<Value, Instead>(
  reading: Promise<Value> | Value,
  instead: Instead,
): Promise<Value | Instead> {
  try {
    return await reading;
  } catch (error) {
    if (isPassing(error)) throw error;
    return instead;
  }
}

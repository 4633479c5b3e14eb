/**
 * Reads JSON that nobody but the engine and its scripts write: as what it was written as, which is not looked at again.
 * What other programs may write as well is parsed by who reads it.
 */
export function readOwn<Written>(json: string): Written {
  return JSON.parse(json);
}

/** The same of what stands among others: null for one that is no JSON, which hides no other. */
export function readOwnAmong<Written>(json: string): Written | null {
  try {
    return readOwn<Written>(json);
  } catch {
    return null;
  }
}

import { writeSync } from 'node:fs';

const STDOUT = 1;
const PAUSE_MS = 5;

/**
 * Prints a line of these words, at once and whole: a process that is killed next has told. Where whoever reads it is
 * behind, a pipe that is full takes nothing more; then it waits.
 */
export function tell(...words: readonly (string | number)[]): void {
  let left: Uint8Array = Buffer.from(`${words.join(' ')}\n`);
  while (left.length > 0) left = left.subarray(write(left));
}

/** Returns how many of the bytes were taken. */
function write(bytes: Uint8Array): number {
  try {
    return writeSync(STDOUT, bytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    return 0;
  }
}

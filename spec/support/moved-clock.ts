import { execFile } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The clock on the wall of one process, that can be moved while it runs. */
export interface MovedClock {
  /** What the process is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets it ahead by so much from now on, or back if negative; 0 is the true time. */
  move(byMs: number): void;
  /** Removes its files. */
  remove(): Promise<void>;
}

const SOURCE = fileURLToPath(new URL('moved-clock.c', import.meta.url));
const BYTES = 8;

/** Makes a clock for one process, at the true time; null where it cannot be: it needs Linux and a C compiler. */
export async function makeMovedClock(): Promise<MovedClock | null> {
  if (process.platform !== 'linux') return null;
  const folder = await mkdtemp(join(tmpdir(), 'apiary-spec-clock-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const library = join(folder, 'moved-clock.so');
  try {
    await promisify(execFile)('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE]);
  } catch (error) {
    await remove();
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const path = join(folder, 'offset');
  const file = openSync(path, 'w+');
  const move = (byMs: number): void => void writeSync(file, bytesOf(byMs), 0, BYTES, 0);
  move(0);
  return {
    env: { LD_PRELOAD: library, MOVED_CLOCK: path },
    move,
    remove: async () => {
      closeSync(file);
      await remove();
    },
  };
}

function bytesOf(ms: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(BYTES));
  bytes.setBigInt64(0, BigInt(Math.round(ms)), endianness() === 'LE');
  return new Uint8Array(bytes.buffer);
}

import type { Clock } from '../clock.ts';

/** Something that is read once for all who ask within a while. */
export interface Remembered<T> {
  /** Reads it, or gives what was read before; those who ask meanwhile share the reading. A failed one is not kept. */
  read(): Promise<T>;
  /** Makes the next who asks read it anew, because it was changed. */
  forget(): void;
}

/** Remembers what `read` gives for `freshMs`, counted from the beginning of the reading. */
export function remembered<T>(
  { clock, freshMs }: { clock: Clock; freshMs: number },
  read: () => Promise<T>,
): Remembered<T> {
  let last: { reading: Promise<T>; at: number } | null = null;
  const forget = (): void => {
    last = null;
  };
  return {
    read: () => {
      if (last && clock.elapsed() - last.at < freshMs) return last.reading;
      const mine = { reading: read(), at: clock.elapsed() };
      last = mine;
      mine.reading.catch(() => {
        if (last === mine) forget();
      });
      return mine.reading;
    },
    forget,
  };
}

import { numberText } from '../texts.ts';
import type { Call } from './command.ts';

/** Tells how far long work has come. */
export interface Progress {
  /** So many are done by now. */
  at(done: number): void;
  /** Takes the line away. */
  end(): void;
}

const FEW = 100;
const START_OF_LINE = '\r';
const CLEAR_LINE = '\r\u001b[K';

/** Shows a line that counts on a terminal, for more than a hundred; nothing where nobody looks. */
export function openProgress({ terminal }: Call, what: string, total: number | null): Progress {
  if (!terminal.isWatched || (total !== null && total <= FEW)) return { at: () => {}, end: () => {} };
  const of = total === null ? '' : ` of ${numberText(total)}`;
  return {
    at: (done) => {
      if (done % FEW === 0) terminal.err(`${START_OF_LINE}${what}: ${numberText(done)}${of}`);
    },
    end: () => terminal.err(CLEAR_LINE),
  };
}

import type { Moved } from '../engine/transfer/moved.ts';
import type { ChangedWhat, LeftWhy } from './remarks.ts';

/** What was found in a queue of another library: something to be stored here, or what stays there. */
export type Finding =
  | { kind: 'moved'; moved: Moved; changed: readonly ChangedWhat[] }
  /** `names` are those of the first few, where more than one is meant. */
  | { kind: 'left'; why: LeftWhy; count: number; names: readonly string[] };

/** Says that something goes over. */
export function goes(moved: Moved, changed: readonly ChangedWhat[] = []): Finding {
  return { kind: 'moved', moved, changed };
}

/** Says that one thing stays. */
export function stays(why: LeftWhy, name: string): Finding {
  return { kind: 'left', why, count: 1, names: [name] };
}

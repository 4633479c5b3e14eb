import type { StoredOptions, StoredWaits } from './record.ts';

/** Which signals a job waits for, and until when (epoch ms). */
export interface SignalsAwaited {
  signals: readonly string[];
  until: number;
}

/** How an attempt ended, as far as it matters here. */
interface WaitingEnd {
  kind: 'succeeded' | 'retry' | 'failed' | 'snoozed' | 'interrupted';
  awaits?: SignalsAwaited;
}

/** The waits of a job; null where it has none. Another program may have stored anything there. */
export function waitsOf({ waits }: StoredOptions): StoredWaits | null {
  if (typeof waits !== 'object' || waits === null) return null;
  return typeof waits.until === 'object' && waits.until !== null ? waits : null;
}

/**
 * The birth of a job, by which its signals are told from those of one that had its id before; `-` where it has none.
 */
export function birthOf({ timestamp }: StoredOptions): string {
  return Number.isSafeInteger(timestamp) && timestamp >= 0 ? String(timestamp) : '-';
}

/**
 * Writes into the options of a job which signals it waits for after an attempt. Returns what `note-wait.lua` is told of
 * it; null where there is nothing to tell, as of a job that has never waited.
 */
export function noteWaits(options: StoredOptions, { kind, awaits }: WaitingEnd): string | null {
  const waits = waitsOf(options);
  if (waits === null || kind === 'interrupted') return null;
  delete waits.on;
  if (kind === 'succeeded') return '-';
  if (awaits === undefined) return '?';
  waits.on = [...awaits.signals];
  return [`?${birthOf(options)}`, awaits.until, ...awaits.signals].join(' ');
}

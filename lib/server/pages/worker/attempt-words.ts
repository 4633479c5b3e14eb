import type { LaneAttempt } from '../../../inspector/inspector.ts';
import { distanceText, durationText, measuredText } from '../../../texts.ts';

/** How an attempt is marked: a class of the stylesheets, and the word that says the same. */
export interface AttemptMark {
  shade: 'succeeded' | 'failed' | 'other' | 'running' | 'trouble' | 'unknown';
  word: string;
}

const ENDS: Readonly<Record<NonNullable<LaneAttempt['end']>, AttemptMark>> = {
  succeeded: { shade: 'succeeded', word: 'succeeded' },
  retry: { shade: 'failed', word: 'failed, tried again' },
  failed: { shade: 'failed', word: 'failed' },
  snoozed: { shade: 'other', word: 'put off' },
  interrupted: { shade: 'other', word: 'interrupted' },
  fenced: { shade: 'other', word: 'ended without its claim' },
  running: { shade: 'running', word: 'running' },
};

/** Says how an attempt ended, or how it goes on. */
export function attemptMark({ end, stuckSince, blockedSince }: LaneAttempt): AttemptMark {
  if (blockedSince !== undefined) return { shade: 'trouble', word: 'blocks its worker' };
  if (stuckSince !== undefined) return { shade: 'trouble', word: 'stuck' };
  return end === null ? { shade: 'unknown', word: 'ended' } : ENDS[end];
}

/** Says all of an attempt in a line, for who points at it. */
export function attemptText(attempt: LaneAttempt, now: number): string {
  const { queue, id, type, startedAt, endedAt } = attempt;
  const what = id === null ? 'a job of another queue' : `${type} ${id} of queue ${queue}`;
  const { word } = attemptMark(attempt);
  if (endedAt === null) return `${what}: ${word}, for ${durationText(Math.max(0, now - startedAt))}`;
  const took = measuredText(endedAt - startedAt);
  return `${what}: ${word} after ${took}, ${distanceText(endedAt, now)}`;
}

import { LATEST_TIME_MS } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What somebody may say of a kind of failure. */
export const CASE_VERDICTS = ['open', 'ignored', 'resolved'] as const;

/** One of {@link CASE_VERDICTS}. */
export type CaseVerdict = (typeof CASE_VERDICTS)[number];

/** What somebody has said of a kind of failure. */
export interface CaseMark {
  verdict: CaseVerdict;
  /** The version of the program in which it is mended; null where nobody said. */
  version: string | null;
  note: string | null;
  /** Who said so, and when: epoch ms by the clock of Redis. */
  by: string;
  at: number;
  /** When the first job failed so again after it was said to be resolved, epoch ms; null as long as nobody saw one. */
  reopenedAt: number | null;
}

/** What marking works with: a queue. */
export interface CaseMarksDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many kinds of failure of one queue may be marked. */
const MOST_MARKS = 1_000;

/** Reads what was said of the failures of a queue, by fingerprint; what is no mark is left out. */
export async function readMarks({ client, keys }: CaseMarksDeps): Promise<Map<string, CaseMark>> {
  const stored = Object.entries(await client.hgetall(keys.caseMarks));
  return new Map(
    stored.flatMap(([fingerprint, text]) => {
      const mark = parseMark(text);
      return mark === null ? [] : [[fingerprint, mark] as const];
    }),
  );
}

/** Reads what was said of one kind; null for nothing. */
export async function readMark(
  { client, keys }: CaseMarksDeps,
  fingerprint: string,
): Promise<CaseMark | null> {
  const text = await client.hget(keys.caseMarks, fingerprint);
  return text === null ? null : parseMark(text);
}

/**
 * Keeps what is said of a kind of failure, instead of what was said before; a kind that is open and has no note needs
 * no mark. Throws JOB_INVALID when 1,000 others of the queue are marked.
 */
export async function writeMark(
  { client, keys }: CaseMarksDeps,
  fingerprint: string,
  mark: Omit<CaseMark, 'at' | 'reopenedAt'>,
): Promise<void> {
  if (mark.verdict === 'open' && mark.note === null) {
    await client.hdel(keys.caseMarks, fingerprint);
    return;
  }
  const args = { fingerprint, mark: JSON.stringify(mark), most: MOST_MARKS };
  if (await runScript(client, { script: 'mark-case', queue: keys, args })) return;
  const message = `${MOST_MARKS} kinds of failure of queue ${keys.queue} are marked: open some of them again first`;
  throw new ApiaryError('JOB_INVALID', message);
}

/**
 * Notes of a kind that was resolved that a job failed so again at a time, epoch ms. Resolves with the mark as
 * it is then; null where somebody else has noted it, or says something else of the kind by now: of all who see it, one
 * is told.
 */
export async function noteReopening(
  { client, keys }: CaseMarksDeps,
  fingerprint: string,
  at: number,
): Promise<CaseMark | null> {
  const before = await client.hget(keys.caseMarks, fingerprint);
  const mark = before === null ? null : parseMark(before);
  if (before === null || mark === null || !isResolved(mark) || at <= mark.at) return null;
  // Another program may have stored any number there; one that cannot be read again would be noted again and again.
  const reopenedAt = Number.isFinite(at) ? Math.min(Math.trunc(at), LATEST_TIME_MS) : LATEST_TIME_MS;
  const after = { ...mark, reopenedAt };
  const args = { field: fingerprint, before, after: markText(after) };
  const isNoted = await runScript(client, { script: 'swap', keys: { hash: keys.caseMarks }, args });
  return isNoted ? after : null;
}

/** Whether a kind counts as resolved, as far as anybody has noted. */
export function isResolved({ verdict, reopenedAt }: CaseMark): boolean {
  return verdict === 'resolved' && reopenedAt === null;
}

/** Reads a mark as it is stored: when it was made, and what it says as JSON. Null for what is none. */
export function parseMark(text: string): CaseMark | null {
  const [, at = '', json = ''] = /^(\d{1,15}) (.*)$/s.exec(text) ?? [];
  try {
    const read: unknown = JSON.parse(json);
    return toMark(read, Number(at));
  } catch {
    return null;
  }
}

/** Writes a mark as it is stored. */
export function markText({ at, reopenedAt, ...mark }: CaseMark): string {
  return `${at} ${JSON.stringify({ ...mark, ...(reopenedAt !== null && { reopenedAt }) })}`;
}

function toMark(read: unknown, at: number): CaseMark | null {
  if (typeof read !== 'object' || read === null) return null;
  const stored: { [Name in keyof CaseMark]?: unknown } = read;
  const { verdict, version = null, note = null, by, reopenedAt: again = null } = stored;
  const known = CASE_VERDICTS.find((one) => one === verdict);
  if (known === undefined || !isTextOrNull(version) || !isTextOrNull(note) || typeof by !== 'string')
    return null;
  const reopenedAt = typeof again === 'number' && Number.isSafeInteger(again) ? again : null;
  return { verdict: known, version, note, by, at, reopenedAt };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

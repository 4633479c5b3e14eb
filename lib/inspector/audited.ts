import { ApiaryError, coerceError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { AuditNote } from './audit.ts';
import type { Inspector } from './inspector.ts';
import type { AuditAction } from './queue-operations.ts';

/** What writing changes down works with. */
export interface AuditedDeps {
  inspector: Inspector;
  log: Logger;
}

/** A change that is about to be made. */
export type Change = Omit<AuditNote, 'outcome' | 'detail' | 'action'> & {
  action: AuditAction;
  /** The queue that something is moved to: once that is done, it is noted there as well. */
  to?: string | undefined;
};

/**
 * Makes a change for somebody, and notes in the audit stream and the log what came of it, in the words of `tell`,
 * default none; resolves with what `work` does, and throws what it throws. That the note cannot be written is logged
 * and stops nothing: the change is made.
 */
export async function audited<T>(
  deps: AuditedDeps,
  change: Change,
  work: () => T | Promise<T>,
  tell: (result: T) => string | null = () => null,
): Promise<T> {
  try {
    const result = await work();
    await note(deps, { ...change, outcome: 'done', detail: tell(result) });
    return result;
  } catch (thrown) {
    const error = coerceError(thrown);
    await note(deps, { ...change, outcome: isRefusal(error) ? 'refused' : 'failed', detail: error.message });
    throw thrown;
  }
}

/** Of these it is not known what came of the call. */
const FAILURES = new Set<ErrorCode>(['REDIS_UNAVAILABLE', 'REDIS_REFUSED']);

/** A call that Redis did not answer may have been carried out. */
function isRefusal(error: Error): boolean {
  return error instanceof ApiaryError && !FAILURES.has(error.code);
}

async function note(
  { inspector, log }: AuditedDeps,
  { to, ...entry }: AuditNote & Pick<Change, 'to'>,
): Promise<void> {
  const { outcome, ...facts } = entry;
  log.info(`change ${outcome}`, { ...facts });
  const notes = to === undefined || outcome !== 'done' ? [entry] : [entry, noteThere(entry, to)];
  for (const one of notes)
    await inspector.audit.record(one).catch((error: unknown) => {
      log.error('a change is not in the audit stream', { ...one, err: coerceError(error) });
    });
}

/** What the queue that something was moved to is told of it. */
export function noteThere(entry: AuditNote, to: string): AuditNote {
  const from = `out of queue ${entry.queue}`;
  return { ...entry, queue: to, detail: entry.detail === null ? from : `${from}: ${entry.detail}` };
}

import type { Clock } from '../../clock.ts';
import { coerceError } from '../../errors.ts';
import type { AuditNote, Inspector, ReopenedCase } from '../../inspector/inspector.ts';
import type { AuditAction } from '../../inspector/queue-operations.ts';
import type { Logger } from '../../logger.ts';
import { every, type Loop } from '../../loop.ts';

/** What looking for reopened cases works with. */
export interface CaseWatchDeps {
  inspector: Inspector;
  log: Logger;
  clock: Clock;
  /** Default a minute. */
  intervalMs?: number;
}

const INTERVAL_MS = 60_000;
/** How many queues are looked at in one turn; the next goes on behind them. */
const MOST_PER_TURN = 500;
const LIMIT_MS = 30_000;
const ACTION: AuditAction = 'reopen failures';

/**
 * Looks now and then whether a kind of failure that was resolved is seen again, and tells of each once: in the log, and
 * in the audit stream. Of several monitors the one that sees it first does.
 */
export function watchCases(deps: CaseWatchDeps): Loop {
  const { log, clock, intervalMs = INTERVAL_MS } = deps;
  let next = 0;
  const runOnce = async (): Promise<void> => {
    next = await lookOnce(deps, next);
  };
  const onError = (error: unknown): void =>
    log.debug('whether failures are seen again is not known', { err: coerceError(error) });
  return every({ intervalMs, runOnce, onError, clock });
}

/** Looks at some queues, from a place in their list on; resolves with where to go on. */
async function lookOnce(deps: CaseWatchDeps, from: number): Promise<number> {
  const { inspector } = deps;
  const names = await inspector.census.names();
  const start = from < names.length ? from : 0;
  const turn = names.slice(start, start + MOST_PER_TURN);
  const look = async (queue: string): Promise<void> => {
    for (const one of await inspector.failures.noteReopened(queue)) await tell(deps, one);
  };
  // A queue that cannot be read is told of on the overview.
  await inspector.eachQueue(turn, look, { withinMs: LIMIT_MS });
  return start + MOST_PER_TURN;
}

async function tell({ inspector, log }: CaseWatchDeps, reopened: ReopenedCase): Promise<void> {
  const { queue, fingerprint, failure, jobId, mark } = reopened;
  const { type, message } = failure;
  const where = mark.version === null ? '' : ` in version ${mark.version}`;
  const detail = `${mark.by} said that it is resolved${where}; job ${jobId} of type ${type} failed so again: ${message}`;
  log.warn('a kind of failure that was resolved is seen again', {
    queue,
    fingerprint,
    type,
    job: jobId,
    message,
  });
  const note: AuditNote = {
    ...{ by: 'monitor', through: 'monitor', action: ACTION, queue, id: fingerprint },
    ...{ outcome: 'done', detail },
  };
  await inspector.audit.record(note).catch((error: unknown) => {
    log.error('a change is not in the audit stream', { ...note, err: coerceError(error) });
  });
}

import type { Clock } from '../../clock.ts';
import { coerceError } from '../../errors.ts';
import type { AuditKeep, Inspector } from '../../inspector/inspector.ts';
import type { Logger } from '../../logger.ts';
import { every, type Loop } from '../../loop.ts';

/** What keeping the audit works with. */
export interface AuditKeeperDeps {
  inspector: Inspector;
  keep: AuditKeep;
  log: Logger;
  clock: Clock;
  /** Default a quarter of an hour. */
  intervalMs?: number;
}

const INTERVAL_MS = 900_000;

/**
 * Says in Redis how much of the audit is kept, so that whoever writes goes by it, and removes what is older: at once,
 * and again and again, also where nothing is written any more.
 */
export function keepAudit({ inspector, keep, log, clock, intervalMs = INTERVAL_MS }: AuditKeeperDeps): Loop {
  const { audit } = inspector;
  const onError = (error: unknown): void =>
    log.debug('how much of the audit is kept cannot be seen to', { err: coerceError(error) });
  const runOnce = async (): Promise<void> => {
    await audit.keep(keep);
    if (keep.days !== null) await audit.trim();
  };
  const first = runOnce().catch(onError);
  const loop = every({ intervalMs, runOnce, onError, clock });
  return { stop: () => Promise.all([first, loop.stop()]).then(() => undefined) };
}

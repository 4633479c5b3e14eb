import type { Registry } from 'prom-client';
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import type { OutboxLook } from '../seen-outbox.ts';
import { withinLimit } from '../time-limit.ts';
import { createGauge, show } from './gauge.ts';

const LIMIT_MS = 3_000;

/** Registers what is told of the outbox; the function looks at it and shows it, or that it told nothing. */
export function registerOutbox(
  registry: Registry,
  { outbox, clock, log }: { outbox: OutboxLook; clock: Clock; log: Logger },
): () => Promise<void> {
  const gauge = (name: string, help: string) => createGauge(registry, `outbox_${name}`, help);
  const up = gauge('up', 'Whether the database told the state of the outbox for this answer.');
  const rows = gauge('rows', 'Rows that wait to be sent to Redis.');
  const lag = gauge('lag_seconds', 'For how long the oldest of them has waited.');
  const aside = gauge('aside_rows', 'Rows that could not be sent and were set aside.');
  const limit = { clock, limitMs: LIMIT_MS, what: 'reading the outbox' };
  return async () => {
    if (outbox === null) return;
    const seen = await withinLimit(limit, outbox).catch((err: unknown) => {
      log.warn('metrics go without the outbox', { err });
      return null;
    });
    up.set(seen === null ? 0 : 1);
    show(rows, seen?.rows);
    show(lag, seen && seen.lagMs / 1_000);
    show(aside, seen?.aside);
  };
}

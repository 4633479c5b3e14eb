import { z } from 'zod';

/** The longest that a request may wait for the end of a job. */
export const MOST_WAIT_MS = 60_000;

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
const FORM = /^(\d{1,6})(ms|s|m)?$/;
const RULE = 'must be like 30s, 500ms or 1m, or whole seconds, and at most 60s';

/** How long to wait, as a query writes it; it becomes milliseconds. */
export const waitTime = z
  .string()
  .refine((text) => FORM.test(text) && toMs(text) <= MOST_WAIT_MS, RULE)
  .transform(toMs)
  .meta({ description: `like 30s, 500ms or 1m, or whole seconds; at most 60s`, examples: ['30s'] });

function toMs(text: string): number {
  const [, amount, unit = 's'] = FORM.exec(text) ?? [];
  return Number(amount) * (UNITS_MS[unit] ?? Number.NaN);
}

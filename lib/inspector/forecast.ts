import { durationText, numberText } from '../texts.ts';
import type { Rates } from './rates.ts';

/** What becomes of what waits in a queue if all goes on as in the last minutes. */
export type Forecast =
  /** It is empty after so long. */
  | { kind: 'drains'; emptyInMs: number }
  /** So many more wait after each minute. */
  | { kind: 'grows'; perMin: number };

const MINUTE_MS = 60_000;
/** By so many a minute in and out may differ by chance. */
const NEAR_PER_MIN = 1;

/**
 * Says what becomes of so many jobs that wait or run, by the present rates of their queue. Null where those are not
 * known, where about as many come as end, and where no job waits and none is left over.
 */
export function forecastOf(
  backlog: number,
  { inPerMin, outPerMin }: Pick<Rates, 'inPerMin' | 'outPerMin'>,
): Forecast | null {
  if (inPerMin === null || outPerMin === null) return null;
  const gained = inPerMin - outPerMin;
  if (gained >= NEAR_PER_MIN) return { kind: 'grows', perMin: gained };
  if (backlog === 0 || gained > -NEAR_PER_MIN) return null;
  return { kind: 'drains', emptyInMs: (backlog / -gained) * MINUTE_MS };
}

/** Puts a forecast into words: `empty in 12 min`, `grows by 40 a minute`. */
export function forecastText(forecast: Forecast): string {
  switch (forecast.kind) {
    case 'drains':
      return `empty in ${durationText(Math.max(1_000, forecast.emptyInMs))}`;
    case 'grows':
      return `grows by ${numberText(Math.round(forecast.perMin))} a minute`;
  }
}

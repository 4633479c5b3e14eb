import { isoTime, LATEST_TIME_MS } from './clock.ts';

const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1_000, name: 's' },
] as const;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** Writes a number with commas between the thousands, and one decimal at most: `1,234.5`. */
export function numberText(value: number): string {
  return numbers.format(value);
}

/** Writes a number with its noun, in the plural unless it is one: `3 jobs`. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Writes a duration in its two largest units, `2 d 4 h`, `3 min 5 s`; below a second in ms. */
export function durationText(ms: number): string {
  const [large, small] = UNITS.slice(UNITS.findIndex((unit) => ms >= unit.ms));
  if (large === undefined || ms < large.ms) return `${Math.max(0, Math.floor(ms))} ms`;
  const first = `${Math.floor(ms / large.ms)} ${large.name}`;
  const rest = small ? Math.floor((ms % large.ms) / small.ms) : 0;
  return small && rest > 0 ? `${first} ${rest} ${small.name}` : first;
}

/** Writes a duration that was measured: `120 ms`, `1.9 s`, and from a minute on as {@link durationText} does. */
export function measuredText(ms: number): string {
  if (ms < 1) return 'under 1 ms';
  const rounded = ms < 100 ? ms : Math.round(ms);
  if (rounded < 1_000) return `${numberText(rounded)} ms`;
  return ms < 60_000 ? `${numberText(ms / 1_000)} s` : durationText(ms);
}

/** Writes a time as `2026-01-31 13:45:09 UTC`; `at` is epoch ms. */
export function timeText(at: number): string {
  const iso = calendarTime(at);
  return iso === null ? 'at no time' : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** Writes a time as ISO 8601 has it; null where no calendar reaches. */
export function calendarTime(at: number): string | null {
  return Math.abs(at) <= LATEST_TIME_MS ? isoTime(at) : null;
}

/** Says how far a time is away: `3 min ago`, `in 2 h 5 min`, `now`. */
export function distanceText(at: number, now: number): string {
  const away = Math.abs(at - now);
  if (away < 1_000) return 'now';
  return at > now ? `in ${durationText(away)}` : `${durationText(away)} ago`;
}

/** Writes an amount of memory: `1.5 MiB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), BYTE_UNITS.length - 1);
  return `${numberText(bytes / 1024 ** power)} ${BYTE_UNITS[power]}`;
}

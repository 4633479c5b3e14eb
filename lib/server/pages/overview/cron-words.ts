import { CRON_NICKNAMES } from '../../../jobs/schedule-timing.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
const MOST_TIMES = 4;

/**
 * Says a cron expression in words: `every day at 03:00`, `every 15 minutes`, `Monday to Friday at 09:30`. Null for one
 * that is not said in a few words, or has seconds of its own.
 */
export function cronWords(expression: string): string | null {
  const text = Object.hasOwn(CRON_NICKNAMES, expression) ? (CRON_NICKNAMES[expression] ?? '') : expression;
  const fields = text.trim().split(/\s+/);
  const [seconds = '', minute = '', hour = '', day = '', month = '', weekday = ''] =
    fields.length === 5 ? ['0', ...fields] : fields;
  if (seconds !== '0') return null;
  const days = dayWords({ day, month, weekday });
  const time = timeWords(minute, hour);
  if (days === null || time === null) return null;
  if (time.isRepeated) return days === '' ? time.words : `${time.words}, ${days}`;
  return `${days === '' ? 'every day' : days} at ${time.words}`;
}

/** When in a day; `isRepeated` where that says how often rather than at what times. */
function timeWords(minute: string, hour: string): { words: string; isRepeated: boolean } | null {
  const minuteStep = stepOf(minute, 60);
  if (minuteStep !== null && hour === '*')
    return { words: everyWords(minuteStep, 'minute'), isRepeated: true };
  const [only, ...others] = numbersOf(minute, 59) ?? [];
  if (only === undefined || others.length > 0) return null;
  const hourStep = stepOf(hour, 24);
  if (hourStep !== null) {
    const past = only === 0 ? '' : ` at ${only} min past`;
    return { words: `${everyWords(hourStep, 'hour')}${past}`, isRepeated: true };
  }
  const hours = numbersOf(hour, 23);
  if (hours === null || hours.length > MOST_TIMES) return null;
  return { words: listed(hours.map((one) => `${twoDigits(one)}:${twoDigits(only)}`)), isRepeated: false };
}

/**
 * On which days; empty for all. Where days of the month and of the week are both named, either counts: too much for
 * words.
 */
function dayWords({ day, month, weekday }: { day: string; month: string; weekday: string }): string | null {
  const isEveryDay = day === '*' || day === '?';
  if (weekday !== '*' && weekday !== '?') return isEveryDay && month === '*' ? weekdayWords(weekday) : null;
  if (isEveryDay) return month === '*' ? '' : null;
  const dates = numbersOf(day, 31);
  if (dates === null || dates.length > MOST_TIMES) return null;
  if (month === '*') return `on day ${listed(dates.map(String))} of every month`;
  const months = numbersOf(month, 12);
  if (months === null || months.length > MOST_TIMES) return null;
  return `on day ${listed(dates.map(String))} of ${listed(months.map((one) => MONTHS[one - 1] ?? ''))}`;
}

function weekdayWords(field: string): string | null {
  const [, first, last] = /^(\w+)-(\w+)$/.exec(field) ?? [];
  if (first !== undefined && last !== undefined) {
    const [from, to] = [weekdayOf(first), weekdayOf(last)];
    return from && to && `${from} to ${to}`;
  }
  const names = field.split(',').map(weekdayOf);
  return names.every((name) => name !== null) ? `every ${listed(names)}` : null;
}

function weekdayOf(text: string): string | null {
  if (/^[0-7]$/.test(text)) return DAYS[Number(text) % 7] ?? null;
  return DAYS.find((day) => day.slice(0, 3).toUpperCase() === text.toUpperCase()) ?? null;
}

/** The step of a field that repeats evenly, also past the end of the hour or day; null for any other field. */
function stepOf(field: string, cycle: number): number | null {
  if (field === '*') return 1;
  const step = Number(/^(?:\*|0)\/(\d{1,2})$/.exec(field)?.[1] ?? 0);
  return step > 0 && cycle % step === 0 ? step : null;
}

function numbersOf(field: string, most: number): number[] | null {
  const numbers = field.split(',').map((part) => (/^\d{1,2}$/.test(part) ? Number(part) : -1));
  return numbers.every((one) => one >= 0 && one <= most) ? numbers : null;
}

function everyWords(step: number, unit: string): string {
  return step === 1 ? `every ${unit}` : `every ${step} ${unit}s`;
}

function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

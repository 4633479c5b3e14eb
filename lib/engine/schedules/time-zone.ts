/** A moment at which the clocks of a zone are set; offsets are ms east of UTC. */
export interface ClockChange {
  /** The first moment of the new offset, epoch ms. */
  at: number;
  before: number;
  after: number;
}

/** The clocks of a time zone. */
export interface TimeZone {
  /** By how many ms the local time is ahead of UTC at a moment (epoch ms). */
  offsetAt(at: number): number;
  /** The first change after `from`, up to and with `until`; null when there is none. */
  nextChange(from: number, until: number): ClockChange | null;
}

/** No zone sets its clocks twice within so long, but for some of long ago. */
const STEP_MS = 86_400_000;
const SECOND_MS = 1_000;
const UTC: TimeZone = { offsetAt: () => 0, nextChange: () => null };

/** Opens a zone of the IANA database by its name. Throws a RangeError when there is none of that name. */
export function openTimeZone(name: string): TimeZone {
  if (name === 'UTC') return UTC;
  // Newer engines take offsets for names too; what they do to a clock change nobody could say.
  if (!/^[A-Za-z]/.test(name)) throw new RangeError(`there is no time zone ${name}`);
  const format = formatOf(name);
  const offsetAt = (at: number): number =>
    localTime(format.format(at)) - Math.floor(at / SECOND_MS) * SECOND_MS;
  return { offsetAt, nextChange: (from, until) => nextChange(offsetAt, from, until) };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const twoDigits = '2-digit';
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: twoDigits,
    day: twoDigits,
    hour: twoDigits,
    minute: twoDigits,
    second: twoDigits,
  });
}

/** Reads what the format of `en-US` writes, such as `03/29/2026, 02:30:00`, as if it were UTC. */
function localTime(text: string): number {
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (text.match(/\d+/g) ?? []).map(
    Number,
  );
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function nextChange(offsetAt: TimeZone['offsetAt'], from: number, until: number): ClockChange | null {
  const before = offsetAt(from);
  for (let low = from; low < until; low += STEP_MS) {
    const high = Math.min(low + STEP_MS, until);
    if (offsetAt(high) === before) continue;
    const at = firstWithout(offsetAt, { low, high, before });
    return { at, before, after: offsetAt(at) };
  }
  return null;
}

/** Halves the time between two moments until the first is found whose offset is no longer `before`. */
function firstWithout(
  offsetAt: TimeZone['offsetAt'],
  { low, high, before }: { low: number; high: number; before: number },
): number {
  let [last, first] = [low, high];
  while (first - last > 1) {
    const middle = Math.floor((first + last) / 2);
    if (offsetAt(middle) === before) last = middle;
    else first = middle;
  }
  return first;
}

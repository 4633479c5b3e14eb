import { Recent } from '../../recent.ts';

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

/** How many zones are kept open: their names come from callers, in capitals as they like. */
const MOST_OPEN = 50;
/** For how many years the changes of a zone are kept. */
const MOST_YEARS = 200;
/** No zone puts its clocks on and back again within so long, but for some of long ago. */
const STEP_MS = 3 * 86_400_000;
const SECOND_MS = 1_000;
const UTC: TimeZone = { offsetAt: () => 0, nextChange: () => null };

const zones = new Recent<string, TimeZone>(MOST_OPEN);

/** Opens a zone of the IANA database by its name. Throws a RangeError when there is none of that name. */
export function openTimeZone(name: string): TimeZone {
  if (name === 'UTC') return UTC;
  const known = zones.get(name);
  if (known) return known;
  // Newer engines take offsets for names too; what they do to a clock change nobody could say.
  if (!/^[A-Za-z]/.test(name)) throw new RangeError(`there is no time zone ${name}`);
  const format = formatOf(name);
  const zone = zoneOf((at) => localTime(format.format(at)) - Math.floor(at / SECOND_MS) * SECOND_MS);
  zones.set(name, zone);
  return zone;
}

/** The changes of a year are looked for once: that takes some hundred questions to the database. */
function zoneOf(offsetAt: TimeZone['offsetAt']): TimeZone {
  const years = new Recent<number, readonly ClockChange[]>(MOST_YEARS);
  const changesIn = (year: number): readonly ClockChange[] => {
    const known = years.get(year) ?? changesOfYear(offsetAt, year);
    years.set(year, known);
    return known;
  };
  const nextChange = (from: number, until: number): ClockChange | null => {
    for (let year = yearOf(from); year <= yearOf(until); year++) {
      const next = changesIn(year).find(({ at }) => at > from);
      if (next) return next.at <= until ? next : null;
    }
    return null;
  };
  return { offsetAt, nextChange };
}

function yearOf(at: number): number {
  return new Date(at).getUTCFullYear();
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

/** The changes of a year by UTC, in order. Clocks are set at whole seconds. */
function changesOfYear(offsetAt: TimeZone['offsetAt'], year: number): ClockChange[] {
  const changes: ClockChange[] = [];
  const until = Date.UTC(year + 1, 0, 1) - SECOND_MS;
  let low = Date.UTC(year, 0, 1) - SECOND_MS;
  let before = offsetAt(low);
  while (low < until) {
    const high = Math.min(low + STEP_MS, until);
    const isSame = offsetAt(high) === before;
    low = isSame ? high : firstWithout(offsetAt, { low, high, before });
    if (isSame) continue;
    const after = offsetAt(low);
    changes.push({ at: low, before, after });
    before = after;
  }
  return changes;
}

/** Halves the time between two moments until the first second is found whose offset is no longer `before`. */
function firstWithout(
  offsetAt: TimeZone['offsetAt'],
  { low, high, before }: { low: number; high: number; before: number },
): number {
  let [last, first] = [low, high];
  while (first - last > SECOND_MS) {
    const middle = last + Math.floor((first - last) / (2 * SECOND_MS)) * SECOND_MS;
    if (offsetAt(middle) === before) last = middle;
    else first = middle;
  }
  return first;
}

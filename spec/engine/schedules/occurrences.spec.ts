import { expect } from 'chai';
import {
  type Bounds,
  nextTick,
  type Occurrence,
  occurrences,
  type RepeatedTime,
  readTiming,
  type SkippedTime,
} from '../../../lib/engine/schedules/occurrences.ts';
import { takeFirings } from '../../../lib/engine/schedules/schedules.ts';

interface Case {
  cron: string;
  timeZone?: string;
  skippedTime?: SkippedTime;
  repeatedTime?: RepeatedTime;
}

/** The first so many after a moment, each as `moment for local time mark`. */
function found(
  { cron, timeZone = 'Europe/Berlin', ...policies }: Case,
  after: string,
  count: number,
): string[] {
  const clockwise = { skippedTime: 'shift', repeatedTime: 'first', ...policies } as const;
  const all = occurrences(readTiming({ kind: 'cron', cron, timeZone, ...clockwise }), Date.parse(after));
  return Array.from({ length: count }, () => all.next().value).map(toText);
}

function toText(one: Occurrence | undefined): string {
  if (!one) return 'nothing';
  const at = new Date(one.at).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length);
  return [`${at}Z`, 'for', one.local.slice(0, -3), one.mark].filter((word) => word !== null).join(' ');
}

const BEFORE_SPRING = '2026-03-28T12:00:00Z';
const BEFORE_AUTUMN = '2026-10-24T12:00:00Z';

describe('occurrences', () => {
  it('are by the clock on the wall of the zone', () => {
    expect(found({ cron: '0 9 * * *' }, BEFORE_SPRING, 2)).to.deep.equal([
      '2026-03-29T07:00Z for 2026-03-29T09:00',
      '2026-03-30T07:00Z for 2026-03-30T09:00',
    ]);
  });

  it('come after the moment asked about, and not at it', () => {
    expect(found({ cron: '0 9 * * *', timeZone: 'UTC' }, '2026-01-01T09:00:00Z', 1)).to.deep.equal([
      '2026-01-02T09:00Z for 2026-01-02T09:00',
    ]);
  });

  describe('between two moments', () => {
    const HOUR_MS = 3_600_000;
    const clockwise = { timeZone: 'UTC', skippedTime: 'skip', repeatedTime: 'both' } as const;
    const hourly = { cron: '0 * * * *', ...clockwise };

    for (const timing of [
      { kind: 'every', everyMs: HOUR_MS } as const,
      { kind: 'cron', ...hourly } as const,
    ]) {
      const hoursAfter = (moment: number, bounds: Bounds): number[] =>
        takeFirings(occurrences(readTiming({ ...timing, ...bounds }), moment)).map(({ at }) => at / HOUR_MS);

      it(`begin with the first and end before the second, by ${timing.kind}`, () => {
        expect(hoursAfter(0, { startsAt: 5 * HOUR_MS, endsAt: 8 * HOUR_MS })).to.deep.equal([5, 6, 7]);
      });

      it(`go on from a moment between them, by ${timing.kind}`, () => {
        const bounds = { startsAt: 4.5 * HOUR_MS, endsAt: 7.5 * HOUR_MS };

        expect(hoursAfter(6 * HOUR_MS, bounds)).to.deep.equal([7]);
        expect(hoursAfter(8 * HOUR_MS, bounds)).to.deep.equal([]);
      });
    }
  });

  it('end when nothing is to come', () => {
    const rule = readTiming({
      kind: 'cron',
      cron: '0 0 1 1 *',
      timeZone: 'UTC',
      skippedTime: 'skip',
      repeatedTime: 'both',
    });

    expect(nextTick(rule, Date.parse('9999-06-01T00:00:00Z'))).to.equal(null);
  });

  describe('that are rare', () => {
    const yearly = { kind: 'cron', cron: '0 0 1 1 *', timeZone: 'Europe/Berlin' } as const;
    const policies = { skippedTime: 'skip', repeatedTime: 'first' } as const;
    const after = Date.parse(BEFORE_SPRING);

    it('are looked for a hundred years ahead', () => {
      const all = takeFirings(occurrences(readTiming({ ...yearly, ...policies }), after), 1_000);

      expect(all).to.have.length(100);
      expect(all.at(-1)?.local).to.equal('2126-01-01T00:00:00');
    });

    it('are none where each is one that the clocks skip', () => {
      const rule = readTiming({ ...yearly, ...policies, cron: '30 2 25-31 3 */7' });

      expect(nextTick(rule, after)).to.equal(null);
      expect([...occurrences(rule, after)]).to.have.length(100);
    });

    it('end at an interval too', () => {
      const rule = { kind: 'every', everyMs: 10 * 365 * 86_400_000 } as const;

      expect(takeFirings(occurrences(rule, after), 1_000)).to.have.length(10);
    });
  });

  describe('at a local time that the clocks skip', () => {
    it('fire when the gap ends, with shift', () => {
      expect(found({ cron: '30 2 * * *' }, BEFORE_SPRING, 2)).to.deep.equal([
        '2026-03-29T01:00Z for 2026-03-29T02:30 shifted',
        '2026-03-30T00:30Z for 2026-03-30T02:30',
      ]);
    });

    it('do not fire, with skip, and say so', () => {
      expect(found({ cron: '30 2 * * *', skippedTime: 'skip' }, BEFORE_SPRING, 2)).to.deep.equal([
        '2026-03-29T01:00Z for 2026-03-29T02:30 skipped',
        '2026-03-30T00:30Z for 2026-03-30T02:30',
      ]);
    });

    it('fire once for all of them, and for the end of the gap itself', () => {
      expect(found({ cron: '*/20 2,3 * * *' }, BEFORE_SPRING, 2)).to.deep.equal([
        '2026-03-29T01:00Z for 2026-03-29T02:00 shifted',
        '2026-03-29T01:20Z for 2026-03-29T03:20',
      ]);
    });

    it('say once that they do not fire, however many they are', () => {
      expect(found({ cron: '* 2,3 * * *', skippedTime: 'skip' }, BEFORE_SPRING, 3)).to.deep.equal([
        '2026-03-29T01:00Z for 2026-03-29T02:00 skipped',
        '2026-03-29T01:00Z for 2026-03-29T03:00',
        '2026-03-29T01:01Z for 2026-03-29T03:01',
      ]);
    });

    it('are shifted also when the moment asked about is just before the gap', () => {
      expect(found({ cron: '30 2 * * *' }, '2026-03-29T00:59:59.999Z', 1)).to.deep.equal([
        '2026-03-29T01:00Z for 2026-03-29T02:30 shifted',
      ]);
    });

    it('do not fire again when the moment asked about is the end of the gap', () => {
      expect(found({ cron: '30 2 * * *' }, '2026-03-29T01:00:00Z', 1)).to.deep.equal([
        '2026-03-30T00:30Z for 2026-03-30T02:30',
      ]);
    });

    it('are shifted by a whole day where a zone left one out', () => {
      expect(
        found({ cron: '0 12 * * *', timeZone: 'Pacific/Apia' }, '2011-12-29T12:00:00Z', 3),
      ).to.deep.equal([
        '2011-12-29T22:00Z for 2011-12-29T12:00',
        '2011-12-30T10:00Z for 2011-12-30T12:00 shifted',
        '2011-12-30T22:00Z for 2011-12-31T12:00',
      ]);
    });
  });

  describe('at a local time that comes twice', () => {
    it('fire at the first, with first, and say of the second that it does not', () => {
      expect(found({ cron: '30 2 * * *' }, BEFORE_AUTUMN, 3)).to.deep.equal([
        '2026-10-25T00:30Z for 2026-10-25T02:30 repeated',
        '2026-10-25T01:30Z for 2026-10-25T02:30 skipped',
        '2026-10-26T01:30Z for 2026-10-26T02:30',
      ]);
    });

    it('fire at the second, with second', () => {
      expect(found({ cron: '30 2 * * *', repeatedTime: 'second' }, BEFORE_AUTUMN, 3)).to.deep.equal([
        '2026-10-25T00:30Z for 2026-10-25T02:30 skipped',
        '2026-10-25T01:30Z for 2026-10-25T02:30 repeated',
        '2026-10-26T01:30Z for 2026-10-26T02:30',
      ]);
    });

    it('fire at both, with both', () => {
      expect(found({ cron: '0 * * * *', repeatedTime: 'both' }, '2026-10-24T23:30:00Z', 4)).to.deep.equal([
        '2026-10-25T00:00Z for 2026-10-25T02:00 repeated',
        '2026-10-25T01:00Z for 2026-10-25T02:00 repeated',
        '2026-10-25T02:00Z for 2026-10-25T03:00',
        '2026-10-25T03:00Z for 2026-10-25T04:00',
      ]);
    });

    it('know that it is the second when the moment asked about is between the two', () => {
      expect(found({ cron: '30 2 * * *' }, '2026-10-25T01:10:00Z', 2)).to.deep.equal([
        '2026-10-25T01:30Z for 2026-10-25T02:30 skipped',
        '2026-10-26T01:30Z for 2026-10-26T02:30',
      ]);
    });

    it('are told by half an hour where the clocks go back by that', () => {
      expect(
        found({ cron: '15,45 1 * * *', timeZone: 'Australia/Lord_Howe' }, '2026-04-04T12:00:00Z', 3),
      ).to.deep.equal([
        '2026-04-04T14:15Z for 2026-04-05T01:15',
        '2026-04-04T14:45Z for 2026-04-05T01:45 repeated',
        '2026-04-04T15:15Z for 2026-04-05T01:45 skipped',
      ]);
    });
  });

  it('at an interval are its multiples since the epoch', () => {
    const all = occurrences({ kind: 'every', everyMs: 90_000 }, Date.parse('2026-01-01T00:00:00Z'));

    expect([all.next().value, all.next().value].map((one) => one?.at)).to.deep.equal([
      Date.parse('2026-01-01T00:01:30Z'),
      Date.parse('2026-01-01T00:03:00Z'),
    ]);
  });
});

import { expect } from 'chai';
import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';
import { checkScheduleData, nextFirings, resolveSchedule, schedule } from '../../lib/jobs/schedule.ts';
import { refusal } from '../support/refusal.ts';

const Tidy = defineJob({
  type: 'tidy',
  queue: 'house',
  schema: z.object({ room: z.string() }),
  retries: 5,
  headers: { from: 'type' },
});
const given = { name: 'nightly', cron: '30 2 * * *', data: { room: 'hall' } };

/** The paths of what is wrong with a schedule. */
const pathsOf = (options: object): string[] => {
  const error = refusal(() => resolveSchedule(Tidy, { ...given, ...options }));
  expect(error.code).to.equal('JOB_INVALID');
  return error.problems.map(({ path }) => path);
};
const timingOf = (options: object) =>
  resolveSchedule(Tidy, { name: 'x', data: { room: 'hall' }, ...options }).timing;

describe('schedule', () => {
  it('fills in the defaults', () => {
    expect(schedule(Tidy, given).schedule).to.deep.equal({
      name: 'nightly',
      type: 'tidy',
      timing: {
        kind: 'cron',
        cron: '30 2 * * *',
        timeZone: 'UTC',
        skippedTime: 'shift',
        repeatedTime: 'first',
      },
      missed: 'once',
      overlap: 'allow',
      data: { room: 'hall' },
      options: { retries: 5, headers: { from: 'type' }, type: 'tidy' },
      delayMs: null,
      unique: null,
    });
  });

  it('lets its own job options win over those of the type', () => {
    const options = { retries: 1, timeoutMs: 1_000, delayMs: 500, unique: { key: 'k' } };

    expect(schedule(Tidy, { ...given, options }).schedule).to.deep.include({
      options: {
        retries: 1,
        timeout: 1_000,
        headers: { from: 'type' },
        unique: { key: 'k' },
        type: 'tidy',
      },
      delayMs: 500,
      unique: { key: 'k', ttlMs: null, onConflict: 'return', release: 'end' },
    });
  });

  it('reckons no further than its limit', () => {
    const limited = schedule(Tidy, { name: 'x', data: { room: 'hall' }, everyMs: 1_000, limit: 3 });

    expect(nextFirings(limited, { after: 0 }).map(({ at }) => at)).to.deep.equal([1_000, 2_000, 3_000]);
    expect(nextFirings(limited, { after: 0, count: 2 })).to.have.length(2);
  });

  it('takes its bounds as epoch milliseconds, an ISO date or a Date, and reckons with them', () => {
    const day = { cron: '0 12 * * *', startsAt: '2030-01-31T13:00:00+01:00', endsAt: new Date('2030-02-02') };
    const bounds = { startsAt: Date.parse('2030-01-31T12:00Z'), endsAt: Date.parse('2030-02-02') };

    expect(timingOf(day)).to.deep.include(bounds);
    expect(timingOf({ everyMs: 1_000, ...bounds })).to.deep.equal({
      kind: 'every',
      everyMs: 1_000,
      ...bounds,
    });
    const next = nextFirings(schedule(Tidy, { name: 'x', data: { room: 'hall' }, ...day }), { after: 0 });
    expect(next.map(({ local }) => local)).to.deep.equal(['2030-01-31T12:00:00', '2030-02-01T12:00:00']);
  });

  for (const cron of ['0 * * * *', '*/5 * * * *', '@hourly']) {
    it(`goes by the time that passes at ${cron}, which names every hour`, () => {
      expect(timingOf({ cron })).to.include({ skippedTime: 'skip', repeatedTime: 'both' });
    });
  }

  for (const cron of ['0 3 * * *', '0 */6 * * *', '@daily']) {
    it(`goes by the clock on the wall at ${cron}, which names set hours`, () => {
      expect(timingOf({ cron })).to.include({ skippedTime: 'shift', repeatedTime: 'first' });
    });
  }

  for (const [text, everyMs] of [
    ['@every 90s', 90_000],
    ['@every 1h30m', 5_400_000],
    ['@every 2d', 172_800_000],
    ['@every 1s500ms', 1_500],
  ] as const) {
    it(`reads ${text}`, () => {
      expect(timingOf({ cron: text })).to.deep.equal({ kind: 'every', everyMs });
      expect(timingOf({ everyMs })).to.deep.equal({ kind: 'every', everyMs });
    });
  }

  it('tells its next firings before it is stored anywhere', () => {
    const after = Date.parse('2026-01-01T02:30:00Z');

    const found = nextFirings(schedule(Tidy, given), { count: 2, after });

    expect(found).to.deep.equal([
      { at: Date.parse('2026-01-02T02:30:00Z'), local: '2026-01-02T02:30:00', mark: null },
      { at: Date.parse('2026-01-03T02:30:00Z'), local: '2026-01-03T02:30:00', mark: null },
    ]);
    expect(nextFirings(schedule(Tidy, given))).to.have.length(10);
  });

  for (const [what, options, path] of [
    ['a bad expression', { cron: '61 * * * *' }, 'cron'],
    ['a date for an expression', { cron: '2030-01-01T00:00:00' }, 'cron'],
    ['an expression that is no text', { cron: 5 }, 'cron'],
    ['neither expression nor interval', { cron: undefined }, 'cron'],
    ['both', { everyMs: 5_000 }, 'everyMs'],
    ['an interval below a second', { cron: undefined, everyMs: 999 }, 'everyMs'],
    ['an interval with half a millisecond', { cron: undefined, everyMs: 1_000.5 }, 'everyMs'],
    ['@every below a second', { cron: '@every 500ms' }, 'cron'],
    ['@every without a duration', { cron: '@every' }, 'cron'],
    ['@every with another unit', { cron: '@every 5 fortnights' }, 'cron'],
    ['a zone with an interval', { cron: '@every 5s', timeZone: 'UTC' }, 'timeZone'],
    ['an unknown zone', { timeZone: 'Europe/Atlantis' }, 'timeZone'],
    ['an unknown rule for skipped times', { skippedTime: 'both' }, 'skippedTime'],
    ['an unknown rule for repeated times', { repeatedTime: 'skip' }, 'repeatedTime'],
    ['a start in seconds', { startsAt: 1_900_000_000 }, 'startsAt'],
    ['a start without its zone', { startsAt: '2030-01-31T09:00:00' }, 'startsAt'],
    ['an end that is no time', { endsAt: null }, 'endsAt'],
    ['an end that is none', { endsAt: new Date(Number.NaN) }, 'endsAt'],
    ['an end at the start', { startsAt: 7_000_000_000_000, endsAt: 7_000_000_000_000 }, 'endsAt'],
    ['an unknown rule for missed ticks', { missed: 'all' }, 'missed'],
    ['no missed tick at all', { missed: { all: 0 } }, 'missed'],
    ['more with the missed ticks', { missed: { all: 5, most: 1 } }, 'missed'],
    ['an unknown rule for overlap', { overlap: 'queue' }, 'overlap'],
    ['a limit of none', { limit: 0 }, 'limit'],
    ['a jitter of more than a day', { jitterMs: 86_400_001 }, 'jitterMs'],
    ['a name with a colon', { name: 'a:b' }, 'name'],
    ['an unknown field', { timezone: 'UTC' }, 'timezone'],
    ['an unknown job option', { options: { retry: 5 } }, 'options.retry'],
    ['a job option that is wrong', { options: { retries: -1 } }, 'options.retries'],
    ['an id for all jobs', { options: { id: 'x' } }, 'options.id'],
    ['a time for all jobs', { options: { runAt: 7_000_000_000_000 } }, 'options.runAt'],
    ['data that cannot be JSON', { data: undefined }, 'data'],
  ] as const) {
    it(`refuses ${what}, and names the field`, () => {
      expect(pathsOf(options)).to.deep.equal([path]);
    });
  }

  it('names all that is wrong at once', () => {
    expect(
      pathsOf({ name: '', cron: 'x', timeZone: 'x', missed: 1, options: { retries: -1 } }),
    ).to.have.members(['name', 'cron', 'timeZone', 'missed', 'options.retries']);
  });

  it('has its data checked by the schema', () => {
    const wrong = schedule(Tidy, { ...given, data: { room: 5 } } as never);

    const error = refusal(() => checkScheduleData(wrong));

    expect(error).to.include({ code: 'JOB_INVALID' });
    expect(error.problems[0]?.path).to.equal('room');
    expect(error.message).to.match(/^schedule nightly: /);
  });
});

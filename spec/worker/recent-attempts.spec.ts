import { expect } from 'chai';
import type { ActiveJob } from '../../lib/engine/pump/active-job.ts';
import type { LaneHooks } from '../../lib/engine/pump/lane-hooks.ts';
import { CELL_MS, CELLS, type KeptLanes } from '../../lib/engine/queries/kept-lanes.ts';
import type { Outcome } from '../../lib/engine/record/settlement.ts';
import { RecentAttempts } from '../../lib/worker/recent-attempts.ts';

/** The beginning of a cell of time. */
const NOW = CELL_MS * 300_000_000;
const DONE: Outcome = { kind: 'succeeded', result: null, resultJson: 'null' };
const FAILED: Outcome = { kind: 'failed', error: new Error('no'), as: 'failed' };
const HEARD: LaneHooks = {
  settled: () => undefined,
  fenced: () => undefined,
  recovered: () => undefined,
  troubled: () => undefined,
};

function open(now = NOW) {
  const clock = { at: now };
  const recent = new RecentAttempts({
    now: () => clock.at,
    elapsed: () => clock.at,
    random: () => 0,
    sleep: async () => undefined,
  });
  const hooks = recent.over(HEARD);
  const end = (id: string, startedAt: number, durationMs: number, outcome: Outcome = DONE): void => {
    // All that is read of a job here.
    const job = { queue: 'mail', id, type: 'send', startedAt, now: () => clock.at } as ActiveJob;
    hooks.settled(job, outcome, durationMs);
  };
  return { clock, recent, end, hooks };
}

const busyOf = ({ cells }: KeptLanes): number[] => cells.map(({ busyMs }) => busyMs).filter((ms) => ms > 0);

describe('what a worker remembers of its last attempts', () => {
  it('is each with its times and its end, the newest first', () => {
    const { recent, end } = open();
    end('1', NOW - 9_000, 20);
    end('2', NOW - 8_000, 4_000, FAILED);

    const { attempts, allSince, longSince } = recent.describe();

    expect(attempts.map(({ id, end: how }) => [id, how])).to.deep.equal([
      ['2', 'failed'],
      ['1', 'succeeded'],
    ]);
    expect([allSince, longSince]).to.deep.equal([0, 0]);
  });

  it('keeps long ones although thousands of short ones end after them, and says from when on all are there', () => {
    const { recent, end } = open();
    end('long', NOW - 60_000, 30_000);
    for (let at = 0; at < 5_000; at++) end(`brief-${at}`, NOW - 20_000 + at, 1);

    const { attempts, allSince, longSince } = recent.describe();

    expect(attempts.map(({ id }) => id)).to.include('long');
    expect(attempts.length).to.equal(201);
    expect(longSince).to.equal(0);
    expect(allSince).to.equal(NOW - 20_000 + 4_799 + 1);
  });

  it('counts for how long slots were taken, cell by cell, of what began long before too', () => {
    const { recent, end } = open();
    end('across', NOW - 2 * CELL_MS - 1_000, CELL_MS + 3_000);
    end('short', NOW - 10, 10, FAILED);

    const lanes = recent.describe();

    expect(lanes.cells.length).to.equal(CELLS);
    expect(busyOf(lanes)).to.deep.equal([1_000, CELL_MS, 2_000 + 10]);
    expect(lanes.cells.reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0)).to.equal(2);
  });

  it('forgets cells that are over, and takes no harm from an attempt of days or a clock that jumps', () => {
    const { clock, recent, end } = open();
    end('days', NOW - 500_000_000, 500_000_000);
    expect(busyOf(recent.describe()).length).to.equal(CELLS - 1);

    clock.at += 10 * CELLS * CELL_MS;
    end('later', clock.at - 10, 10);
    end('of a clock before', NOW - 10, 10);

    expect(busyOf(recent.describe())).to.deep.equal([10]);
  });

  it('tells no more than fits, however long names are', () => {
    const { recent, end } = open();
    for (let at = 0; at < 200; at++) end(`${'x'.repeat(5_000)}${at}`, NOW - 1_000 + at, 1);

    const { attempts, allSince } = recent.describe();

    expect(JSON.stringify(attempts).length).to.be.below(220_000);
    expect(allSince).to.equal(attempts.at(-1)?.endedAt);
  });

  it('passes on what it hears', () => {
    const heard: string[] = [];
    const { recent } = open();
    const hooks = recent.over({ ...HEARD, fenced: ({ id }) => heard.push(id) });

    hooks.fenced({ queue: 'q', id: '7', type: 't', startedAt: NOW - 5, now: () => NOW } as ActiveJob);

    expect(heard).to.deep.equal(['7']);
    expect(recent.describe().attempts[0]?.end).to.equal('fenced');
  });
});

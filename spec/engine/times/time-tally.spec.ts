import { expect } from 'chai';
import { type TallyRow, TimeTally } from '../../../lib/engine/times/time-tally.ts';
import { attemptOf, timed } from '../../support/times.ts';

describe('the tally of times', () => {
  let tally: TimeTally;

  beforeEach(() => {
    tally = new TimeTally();
  });

  const note = (type: string, times: number): void => {
    for (let at = 0; at < times; at++) tally.note(type, attemptOf());
  };
  const namesOf = (rows: readonly TallyRow[]): string[] => rows.map(({ row }) => row);

  it('gives the busiest first, and begins anew', () => {
    note('few', 1);
    note('many', 3);

    expect(namesOf(tally.take())).to.deep.equal(['type:many', 'type:few']);
    expect(tally.take()).to.deep.equal([]);
  });

  it('counts what it is given back as what it had', () => {
    const before = timed('a', 'b').take();
    tally.note('b', attemptOf({ id: 'slow', durationMs: 500 }));

    tally.giveBack(before);
    const [b, a] = tally.take();

    expect(a).to.deep.equal(before[0]);
    expect(b?.slowest.map(([ms, id]) => [ms, id])).to.deep.equal([
      [500, 'slow'],
      [25, '1'],
    ]);
    expect(b?.counts.slice(0, 2)).to.deep.equal([0, 2]);
  });

  it('names the three jobs that ran longest', () => {
    for (const ms of [5, 40, 10, 30, 20])
      tally.note('a', attemptOf({ id: `of-${ms}`, durationMs: ms, endedAt: 7 }));

    expect(tally.take()[0]?.slowest).to.deep.equal([
      [40, 'of-40', 7],
      [30, 'of-30', 7],
      [20, 'of-20', 7],
    ]);
  });

  it('names no job by what cannot be shown', () => {
    for (const id of ['\ud800', 'line\nbreak', 'x'.repeat(300), ''])
      tally.note('a', attemptOf({ id, durationMs: 900 }));

    expect(tally.take()[0]?.slowest).to.deep.equal([]);
  });

  it('counts types by the ten thousand together, and what can be the name of none', () => {
    for (let at = 0; at < 10_000; at++) note(`junk-${at}`, 1);
    for (const type of ['', '..', 'with space', '\ud800', 'x'.repeat(2_000), 'a:b']) note(type, 1);

    const rows = tally.take();

    expect(rows.length).to.equal(41);
    expect(rows.find(({ row }) => row === 'rest')?.counts.slice(0, 2)).to.deep.equal([0, 10_000 - 40 + 6]);
  });

  it('has room for what is busy, whatever comes before it the next time', () => {
    note('real', 5);
    tally.take();
    for (let at = 0; at < 10_000; at++) note(`junk-${at}`, 1);
    note('real', 5);

    expect(namesOf(tally.take())).to.include('type:real');
  });
});

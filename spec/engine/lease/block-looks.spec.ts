import { expect } from 'chai';
import { BlockLooks, blockerOf, UNKNOWN_BLOCKER } from '../../../lib/engine/lease/block-looks.ts';
import type { BlockingJob } from '../../../lib/engine/queries/presence.ts';

const LOOK_MS = 500;

describe('BlockLooks', () => {
  const jobOf = (id: string): BlockingJob => ({ queue: 'mail', id, type: 'email.send', attempt: 1 });
  let current: BlockingJob | null;
  let now: number;
  let looks: BlockLooks;

  beforeEach(() => {
    current = null;
    now = 0;
    looks = new BlockLooks(
      () => current,
      () => now,
    );
  });

  /** Looks every half second, once for each id, all in one block; null is the code of no job. */
  const see = (block: number, ...ids: (string | null)[]): void => {
    for (const id of ids) {
      now += LOOK_MS;
      current = id === null ? null : jobOf(id);
      looks.look(block);
    }
  };
  const named = (blockMs = 3_000) => looks.blockerWithin(blockMs).job?.id ?? null;

  it('name a job that they have found over a third of a block at least', () => {
    see(1, 'a', 'a', 'a', 'a');

    expect(named(3_000)).to.equal('a');
    expect(named(3_001)).to.equal(null);
  });

  it('do not count the last: it may have been when the block was over', () => {
    see(1, 'a', 'a', 'a', 'a', 'b');
    expect(named()).to.equal('a');

    see(1, 'b');
    expect(named()).to.equal(null);
  });

  it('name nobody when they found several, or the code of no job', () => {
    for (const seen of [
      ['a', 'b', 'b', 'b', 'b', 'b'],
      ['a', 'a', null, 'a', 'a', 'a'],
      [null, 'a', 'a', 'a', 'a', 'a'],
      [null, null, null, null, null],
    ]) {
      see(now, ...seen);

      expect(named(1_500), String(seen)).to.equal(null);
    }
  });

  it('name nobody who was seen behind native code that took most of the block', () => {
    now = 58_000;
    see(1, 'a', 'a', 'a', 'a');

    expect(named(60_000)).to.equal(null);
  });

  it('begin anew with each block', () => {
    see(1, 'a', 'a', 'a', 'a');
    see(2, 'b', 'b');
    expect(named()).to.equal(null);

    see(2, 'b', 'b');
    expect(named()).to.equal('b');
  });

  it('say nothing of a block in which there was none', () => {
    see(1, 'a', 'a', 'a', 'a');
    now += 60_000;

    expect(looks.blockerWithin(3_000)).to.equal(UNKNOWN_BLOCKER);
    expect(blockerOf(null, 0)).to.equal(UNKNOWN_BLOCKER);
  });
});

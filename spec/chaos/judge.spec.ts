import { expect } from 'chai';
import type { Crime } from './crimes.ts';
import type { Fact, FactOf } from './evidence.ts';
import type { Circumstances } from './explain.ts';
import type { FaultKind } from './fault-kinds.ts';
import { judge, type Verdict } from './judge.ts';
import { makeLedger, type Remains } from './ledger.ts';

const EVERYSEC: Circumstances = {
  ...{ engine: 'apiary', topology: 'standalone', durability: 'everysec', replicas: 0 },
};
const ALWAYS: Circumstances = { ...EVERYSEC, durability: 'always' };
const SENTINEL: Circumstances = { ...ALWAYS, topology: 'sentinel' };

/** The processes of the ledgers below. */
const [ADA, BOB] = [1, 2];

function acknowledged(name: string, more: Partial<FactOf<'acknowledged'>> = {}): Fact {
  return { fact: 'acknowledged', at: 1_000, name, feature: 'plain', ...more };
}

interface Told {
  pid?: number;
  id?: string;
  attempt?: number;
  /** Null for one that was never heard of again. */
  for?: number | null;
  how?: 'succeeded' | 'threw' | 'snoozed';
  names?: string[];
  isStock?: boolean;
}

/** An attempt that begins at a time, and by default succeeds ten ms later. */
function ran(name: string, at: number, told: Told = {}): Fact[] {
  const { pid = ADA, id = name, attempt = 1, for: forMs = 10, how = 'succeeded', names = [name] } = told;
  const run = `${names[0]}-${at}`;
  const isStock = told.isStock ? { isStock: true } : {};
  const began: Fact = { fact: 'began', at, run, names, id, attempt, pid, ...isStock };
  return forMs === null ? [began] : [began, { fact: 'ended', at: at + forMs, run, how }];
}

function fault(kind: FaultKind, from: number, until: number, pids: number[] | null = null): Fact {
  return { fact: 'fault', kind, from, until, pids };
}

function verdictOn(facts: (Fact | Fact[])[], under = EVERYSEC, remains: Remains[] = []): Verdict {
  return judge(makeLedger(facts.flat(), remains), under);
}

function crimesIn(verdict: Verdict): [Crime, string][] {
  return verdict.findings.map(({ crime, name }) => [crime, name]);
}

function left(name: string, state: Remains['state'], outcome: string | null = null): Remains {
  return { name, id: name, queue: 'plain', state, outcome };
}

describe('the judge of a chaos run', () => {
  it('finds nothing in work that was done once', () => {
    const verdict = verdictOn([acknowledged('a'), ran('a', 2_000)]);

    expect(verdict).to.deep.equal({ findings: [], repeats: [], forgotten: [] });
  });

  it('finds what was lost: acknowledged, not done, and not in Redis', () => {
    const verdict = verdictOn([
      acknowledged('a'),
      acknowledged('b'),
      ran('b', 2_000),
      ran('a', 2_000, { how: 'threw' }),
    ]);

    expect(crimesIn(verdict)).to.deep.equal([['lost', 'a']]);
  });

  it('finds what is stuck, and does not take it for lost', () => {
    const verdict = verdictOn([acknowledged('a')], EVERYSEC, [left('a', 'active')]);

    expect(crimesIn(verdict)).to.deep.equal([['stuck', 'a']]);
  });

  it('finds what is stuck though nobody was told of it', () => {
    expect(crimesIn(verdictOn([], EVERYSEC, [left('a', 'delayed')]))).to.deep.equal([['stuck', 'a']]);
  });

  it('finds what was given up', () => {
    const verdict = verdictOn([acknowledged('a'), ran('a', 2_000, { how: 'threw' })], EVERYSEC, [
      left('a', 'failed', 'lost'),
    ]);

    expect(crimesIn(verdict)).to.deep.equal([['givenUp', 'a']]);
  });

  it('finds a process that ended by itself', () => {
    const crashed: Fact = { fact: 'crashed', at: 1_000, who: 'worker', pid: ADA, said: 'oh' };

    expect(crimesIn(verdictOn([crashed]))).to.deep.equal([['crashed', 'worker']]);
  });

  describe('on what was acknowledged just before Redis was killed', () => {
    const kill = fault('redisKilled', 1_900, 3_000);

    it('takes the last second for forgotten where it is written each second', () => {
      const verdict = verdictOn([acknowledged('a'), kill]);

      expect(verdict).to.deep.include({ findings: [], forgotten: ['a'] });
    });

    it('takes nothing before that for forgotten', () => {
      const verdict = verdictOn([acknowledged('a', { at: 800 }), kill]);

      expect(crimesIn(verdict)).to.deep.equal([['lost', 'a']]);
    });

    it('takes nothing for forgotten where all is written at once', () => {
      expect(crimesIn(verdictOn([acknowledged('a'), kill], ALWAYS))).to.deep.equal([['lost', 'a']]);
    });

    it('takes for forgotten what a replica had not yet', () => {
      const promoted = fault('primaryKilled', 1_900, 3_000);

      expect(verdictOn([acknowledged('a'), promoted], SENTINEL).forgotten).to.deep.equal(['a']);
    });

    it('takes nothing for forgotten that a replica had before it was acknowledged', () => {
      const promoted = fault('primaryKilled', 1_900, 3_000);
      const verdict = verdictOn([acknowledged('a'), promoted], { ...SENTINEL, replicas: 1 });

      expect(crimesIn(verdict)).to.deep.equal([['lost', 'a']]);
    });
  });

  describe('on a repeat', () => {
    const cutOff = [acknowledged('a'), ran('a', 2_000, { for: null }), ran('a', 14_000, { pid: BOB })];
    const repeated = [['repeated', 'a']];

    it('finds it when there is no fault', () => {
      expect(crimesIn(verdictOn(cutOff))).to.deep.equal(repeated);
    });

    it('explains it by the end of the process that ran it', () => {
      const verdict = verdictOn([...cutOff, fault('workerKilled', 2_500, 2_500, [ADA])]);

      expect(verdict.findings).to.deep.equal([]);
      expect(verdict.repeats).to.have.length(1);
      expect(verdict.repeats[0]).to.deep.include({ name: 'a', at: 2_000, againAt: 14_000 });
      expect(verdict.repeats[0]?.by).to.include({ kind: 'workerKilled' });
    });

    it('does not explain it by the end of another process', () => {
      const verdict = verdictOn([...cutOff, fault('workerKilled', 2_500, 2_500, [BOB])]);

      expect(crimesIn(verdict)).to.deep.equal(repeated);
    });

    it('does not explain it by an end before it began', () => {
      const verdict = verdictOn([...cutOff, fault('workerKilled', 1_900, 1_900, [ADA])]);

      expect(crimesIn(verdict)).to.deep.equal(repeated);
    });

    it('explains it by a process that left in order only if Redis was away for as long as it waited', () => {
      const left = fault('workerReplaced', 2_500, 2_500, [ADA]);

      expect(crimesIn(verdictOn([...cutOff, left]))).to.deep.equal(repeated);
      expect(crimesIn(verdictOn([...cutOff, left, fault('redisFull', 2_500, 3_500)]))).to.deep.equal(
        repeated,
      );
      expect(verdictOn([...cutOff, left, fault('redisFull', 2_500, 12_000)]).findings).to.deep.equal([]);
    });

    it('does not explain it by a process that was stopped for less than a lease', () => {
      const verdict = verdictOn([...cutOff, fault('workerStopped', 2_500, 8_000, [ADA])]);

      expect(crimesIn(verdict)).to.deep.equal(repeated);
    });

    it('explains it by one that was stopped for longer', () => {
      const verdict = verdictOn([...cutOff, fault('workerStopped', 2_500, 13_000, [ADA])]);

      expect(verdict.findings).to.deep.equal([]);
    });

    it('explains it by a stop and an outage that are a lease together, and not by either', () => {
      const stop = fault('workerStopped', 2_500, 8_000, [ADA]);
      const outage = fault('redisStopped', 8_500, 12_000);

      expect(verdictOn([...cutOff, stop, outage]).findings).to.deep.equal([]);
      expect(crimesIn(verdictOn([...cutOff, outage]))).to.deep.equal(repeated);
    });

    it('does not explain it by an outage, however long, in which nobody can judge a lease', () => {
      const verdict = verdictOn([...cutOff, fault('redisStopped', 2_500, 13_000)]);

      expect(crimesIn(verdict)).to.deep.equal(repeated);
    });

    it('does not explain it by what harms no attempt', () => {
      const verdict = verdictOn([...cutOff, fault('scriptsForgotten', 2_500, 2_500)]);

      expect(crimesIn(verdict)).to.deep.equal(repeated);
    });

    it('explains it where Redis forgot the end, and not where it is written at once', () => {
      const ended = [acknowledged('a'), ran('a', 2_000), ran('a', 6_000, { pid: BOB })];
      const kill = fault('redisKilled', 2_800, 4_000);

      expect(verdictOn([...ended, kill]).findings).to.deep.equal([]);
      expect(crimesIn(verdictOn([...ended, kill], ALWAYS))).to.deep.equal(repeated);
      expect(crimesIn(verdictOn([...ended, fault('redisKilled', 4_500, 5_000)]))).to.deep.equal(repeated);
    });

    it('explains it by the end of a process whose end of the job waited for Redis, and not otherwise', () => {
      const ended = [acknowledged('a'), ran('a', 2_000), ran('a', 14_000, { pid: BOB })];
      const killed = fault('workerKilled', 6_000, 6_000, [ADA]);

      expect(crimesIn(verdictOn([...ended, killed]))).to.deep.equal(repeated);
      expect(verdictOn([...ended, killed, fault('redisFull', 1_500, 4_000)]).findings).to.deep.equal([]);
    });

    it('explains it by the end of a process whose wire was broken before the job had ended in Redis', () => {
      const end = fault('workerKilled', 16_000, 16_000, [ADA]);
      const facts = [acknowledged('a'), ran('a', 2_000), ran('a', 30_000, { pid: BOB }), end];
      const outage = fault('redisKilled', 6_000, 14_000);
      const lost = (pid: number): Fact => fault('repliesLost', 2_200, 4_000, [pid]);

      expect(crimesIn(verdictOn([...facts, outage, lost(BOB)], ALWAYS))).to.deep.equal(repeated);
      expect(verdictOn([...facts, outage, lost(ADA)], ALWAYS).findings).to.deep.equal([]);
    });

    it('explains that of a stock worker, which has no lease, by any outage', () => {
      const runs = [ran('a', 2_000, { for: null, isStock: true }), ran('a', 14_000, { pid: BOB })];
      const verdict = verdictOn([acknowledged('a'), ...runs, fault('redisStopped', 2_500, 4_000)]);

      expect(verdict.findings).to.deep.equal([]);
    });

    it('takes a further attempt after a failure, and a run after putting it off, for none', () => {
      const verdict = verdictOn([
        acknowledged('a'),
        ran('a', 2_000, { how: 'snoozed' }),
        ran('a', 3_000, { how: 'threw' }),
        ran('a', 4_000, { attempt: 2 }),
      ]);

      expect(verdict).to.deep.include({ findings: [], repeats: [] });
    });

    it('finds the same attempt after a failure', () => {
      const verdict = verdictOn([acknowledged('a'), ran('a', 2_000, { how: 'threw' }), ran('a', 3_000)]);

      expect(crimesIn(verdict)).to.deep.equal(repeated);
    });

    it('finds an effect that was done twice', () => {
      const effect = (at: number, run: string): Fact => ({ fact: 'effect', at, run, name: 'a' });
      const verdict = verdictOn([
        acknowledged('a'),
        ran('a', 2_000, { how: 'threw' }),
        ran('a', 3_000, { attempt: 2 }),
        [effect(2_005, 'a-2000'), effect(3_005, 'a-3000')],
      ]);

      expect(crimesIn(verdict)).to.deep.equal(repeated);
    });

    it('explains an effect that an earlier attempt did late only by a primary that was replaced', () => {
      const effect = (at: number, run: string): Fact => ({ fact: 'effect', at, run, name: 'a' });
      const facts = [
        acknowledged('a'),
        ran('a', 2_000, { for: 18_000, how: 'threw' }),
        ran('a', 18_000, { pid: BOB }),
        [effect(18_005, 'a-18000'), effect(19_000, 'a-2000')],
        fault('workerStopped', 2_100, 18_900, [ADA]),
      ];
      const replaced = fault('primaryStopped', 2_100, 6_000);

      expect(crimesIn(verdictOn(facts, SENTINEL))).to.deep.equal(repeated);
      expect(verdictOn([...facts, replaced], SENTINEL).findings).to.deep.equal([]);
    });
  });

  describe('on what a process tells that was stopped', () => {
    const stop = fault('workerStopped', 2_000, 24_999, [ADA]);
    const again = (name: string, at: number): Fact[] =>
      [acknowledged(name), ran(name, 12_000, { pid: BOB }), ran(name, at)].flat();

    it('takes its first run for one that had begun before', () => {
      const verdict = verdictOn([stop, again('a', 25_000)]);

      expect(verdict.findings).to.deep.equal([]);
      expect(verdict.repeats.map(({ name, by }) => [name, by])).to.deep.equal([['a', stop]]);
    });

    it('finds a second one, and one that comes later', () => {
      expect(crimesIn(verdictOn([stop, again('a', 25_000), again('b', 25_001)]))).to.deep.equal([
        ['repeated', 'b'],
      ]);
      expect(crimesIn(verdictOn([stop, again('a', 25_200)]))).to.deep.equal([['repeated', 'a']]);
    });
  });

  describe('on what went into two groups', () => {
    const twice = [
      acknowledged('a', { feature: 'grouped' }),
      ran('a', 2_000, { id: 'carrier-1', names: ['a', 'b'], for: null }),
      ran('a', 14_000, { id: 'carrier-2', names: ['a'], pid: BOB }),
      fault('workerKilled', 2_500, 2_500, [ADA]),
    ];

    it('finds it where Redis knew the first', () => {
      const crimes = crimesIn(verdictOn(twice));

      expect(crimes).to.deep.include(['doubled', 'a']);
      expect(crimes).to.not.deep.include(['repeated', 'a']);
    });

    it('does not find it where Redis may have forgotten the first, whatever else befell its process', () => {
      const crimes = crimesIn(verdictOn([...twice, fault('failoverAsked', 3_000, 8_000)], SENTINEL));

      expect(crimes).to.not.deep.include(['doubled', 'a']);
    });
  });

  for (const engine of ['bee-queue', 'bullmq'] as const) {
    describe(`on a repeat of ${engine}, which runs again what stalls`, () => {
      const under: Circumstances = { ...EVERYSEC, engine };
      const cutOff = [acknowledged('a'), ran('a', 2_000, { for: null }), ran('a', 14_000, { pid: BOB })];
      const found = (...more: Fact[]): unknown[] => crimesIn(verdictOn([...cutOff, ...more], under));
      const repeated = [['repeated', 'a']];

      it('finds it when there is no fault', () => {
        expect(found()).to.deep.equal(repeated);
      });

      it('explains it by whatever came between its worker and Redis while it ran, however short', () => {
        expect(found(fault('workerKilled', 2_500, 2_500, [ADA]))).to.deep.equal([]);
        expect(found(fault('workerStopped', 2_500, 3_000, [ADA]))).to.deep.equal([]);
        expect(found(fault('wireCut', 2_500, 2_600, [ADA]))).to.deep.equal([]);
        expect(found(fault('redisStopped', 2_500, 3_500))).to.deep.equal([]);
        expect(found(fault('clockMoved', 2_500, 3_500))).to.deep.equal([]);
        expect(found({ fact: 'stoodStill', from: 2_500, until: 4_000, pids: [ADA] })).to.deep.equal([]);
      });

      it('does not explain it by what was done to others, before, or to nobody', () => {
        expect(found(fault('workerKilled', 2_500, 2_500, [BOB]))).to.deep.equal(repeated);
        expect(found(fault('redisStopped', 500, 1_500))).to.deep.equal(repeated);
        expect(found(fault('producerKilled', 2_500, 2_500, [ADA]))).to.deep.equal(repeated);
        expect(found(fault('queuePaused', 2_500, 4_000))).to.deep.equal(repeated);
        expect(found(fault('workerClockMoved', 2_500, 4_000, [ADA]))).to.deep.equal(repeated);
      });

      it('does not explain it by what came after Redis had its end', () => {
        const ended = [acknowledged('a'), ran('a', 2_000), ran('a', 14_000, { pid: BOB })];
        const killed = fault('workerKilled', 6_000, 6_000, [ADA]);

        expect(crimesIn(verdictOn([...ended, killed], under))).to.deep.equal(repeated);
      });

      it('lets a job begin early while the clock of a worker was moved, by which it is due', () => {
        const facts = [acknowledged('a', { dueAt: 9_500 }), ran('a', 5_000)];

        expect(verdictOn([...facts, fault('workerClockMoved', 4_000, 6_000, [BOB])], under).findings).to.be
          .empty;
        expect(crimesIn(verdictOn([...facts, fault('clockMoved', 4_000, 6_000)], under))).to.deep.equal([
          ['early', 'a'],
        ]);
      });

      it('finds what is lost, stuck and given up as with ours', () => {
        const verdict = verdictOn([acknowledged('a'), acknowledged('b'), acknowledged('c')], under, [
          left('b', 'active'),
          left('c', 'failed', 'stalled'),
        ]);

        expect(crimesIn(verdict)).to.have.deep.members([
          ['lost', 'a'],
          ['stuck', 'b'],
          ['givenUp', 'c'],
        ]);
      });
    });
  }

  it('explains by a stall a late end of bee-queue, which brings a job again, and not of BullMQ', () => {
    const facts = [
      acknowledged('a'),
      ran('a', 2_000, { for: 16_000, how: 'threw' }),
      ran('a', 24_000, { pid: BOB, attempt: 2 }),
      ran('a', 27_000, { pid: BOB, attempt: 2 }),
      fault('loopBlocked', 2_000, 17_000, [ADA]),
    ];

    expect(crimesIn(verdictOn(facts, { ...EVERYSEC, engine: 'bee-queue' }))).to.deep.equal([]);
    expect(crimesIn(verdictOn(facts, { ...EVERYSEC, engine: 'bullmq' }))).to.deep.equal([['repeated', 'a']]);
  });

  describe('on order', () => {
    const line = (seq: number): Partial<FactOf<'acknowledged'>> => ({ line: { key: 'k', seq } });

    it('finds a job of a key that overtook one before it', () => {
      const verdict = verdictOn([
        [acknowledged('a', line(1)), acknowledged('b', line(2))],
        [ran('b', 2_000), ran('a', 3_000)].flat(),
      ]);

      expect(crimesIn(verdict)).to.deep.equal([['outOfOrder', 'b']]);
    });

    it('finds one that began before the one before it had ended', () => {
      const verdict = verdictOn([
        [acknowledged('a', line(1)), acknowledged('b', line(2))],
        [ran('a', 2_000), ran('b', 2_005)].flat(),
      ]);

      expect(crimesIn(verdict)).to.deep.equal([['outOfOrder', 'b']]);
    });

    it('finds one that overtook a job whose worker was killed, but not one of another Redis', () => {
      const overtaken = [
        [acknowledged('a', line(1)), acknowledged('b', line(2))],
        [ran('a', 2_000, { for: null }), ran('b', 3_000), ran('a', 6_000, { pid: BOB })].flat(),
      ];
      const killed = fault('workerKilled', 2_500, 2_500, [ADA]);

      expect(crimesIn(verdictOn([...overtaken, killed]))).to.deep.equal([['outOfOrder', 'b']]);
      expect(
        verdictOn([...overtaken, fault('primaryKilled', 2_500, 4_000)], SENTINEL).findings,
      ).to.deep.equal([]);
    });

    it('lets keys overtake each other', () => {
      const verdict = verdictOn([
        [acknowledged('a', line(1)), acknowledged('b', { line: { key: 'other', seq: 2 } })],
        [ran('b', 2_000), ran('a', 3_000)].flat(),
      ]);

      expect(verdict.findings).to.deep.equal([]);
    });

    it('finds a step that began before the one that it follows', () => {
      const verdict = verdictOn([
        [acknowledged('a'), acknowledged('b', { after: ['a'] })],
        [ran('b', 2_000), ran('a', 3_000)].flat(),
      ]);

      expect(crimesIn(verdict)).to.deep.equal([['outOfOrder', 'b']]);
    });

    it('finds two of one unique key at the same time', () => {
      const verdict = verdictOn([
        [acknowledged('a', { alone: 'u' }), acknowledged('b', { alone: 'u' })],
        [ran('a', 2_000), ran('b', 2_005, { pid: BOB })].flat(),
      ]);

      expect(crimesIn(verdict)).to.deep.equal([['together', 'b']]);
    });

    it('finds what began before it was due', () => {
      const verdict = verdictOn([acknowledged('a', { dueAt: 2_500 }), ran('a', 2_000)]);

      expect(crimesIn(verdict)).to.deep.equal([['early', 'a']]);
    });

    it('lets a job begin early only while the clock of Redis was moved', () => {
      const moved = (from: number, until: number): Fact[] => [
        { fact: 'fault', kind: 'clockMoved', from, until, pids: null },
      ];
      const facts = [acknowledged('a', { dueAt: 9_500 }), ran('a', 5_000)];

      expect(verdictOn([...facts, moved(4_000, 6_000)]).findings).to.deep.equal([]);
      expect(crimesIn(verdictOn([...facts, moved(6_000, 8_000)]))).to.deep.equal([['early', 'a']]);
    });
  });
});

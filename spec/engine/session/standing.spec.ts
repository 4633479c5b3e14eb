import { expect } from 'chai';
import { Standing } from '../../../lib/engine/session/standing.ts';

const LEASE_MS = 10_000;
const BEAT_MS = 1_667;
/** Redis's clock and ours begin at different numbers. */
const OFFSET_MS = 1_700_000_000_000;

describe('Standing', () => {
  let standing: Standing;
  let now: number;

  beforeEach(() => {
    standing = new Standing(LEASE_MS);
    now = 500;
  });

  /** A renewal that Redis carries out `lateMs` after it was sent, and whose answer is read `readMs` after that. */
  function renew({ lateMs = 1, readMs = 1, jumpMs = 0 } = {}): void {
    const sentAt = now;
    now += lateMs + readMs;
    standing.renewed({ sentAt, repliedAt: now, redisNow: OFFSET_MS + sentAt + lateMs + jumpMs });
  }

  /** Beats for as long as that; resolves to nothing, time is only counted. */
  function beat(forMs: number, options = {}): void {
    const end = now + forMs;
    while (now < end) {
      now += BEAT_MS;
      renew(options);
    }
  }

  it('is good once it has renewed its lease for as long as a lease lasts', () => {
    expect(standing.isGood(now)).to.equal(false);
    renew();
    const since = now;

    beat(LEASE_MS - 2 * BEAT_MS);
    expect(standing.isGood(since + LEASE_MS - 1)).to.equal(false);
    expect(standing.isGood(since + LEASE_MS)).to.equal(true);
  });

  it('is not good when its own lease may be over', () => {
    beat(2 * LEASE_MS);

    expect(standing.isGood(now)).to.equal(true);
    expect(standing.isGood(now + LEASE_MS)).to.equal(false);
  });

  for (const [what, fault] of [
    ['an outage through which a renewal waited', () => renew({ lateMs: 8_000 })],
    ['a jump of the clock of Redis ahead', () => renew({ jumpMs: 60_000 })],
    ['a jump of the clock of Redis back', () => renew({ jumpMs: -60_000 })],
    ['a refusal', () => standing.lose()],
    [
      'a pause longer than its lease',
      () => {
        now += LEASE_MS;
        renew();
      },
    ],
  ] as const) {
    it(`begins anew after ${what}`, () => {
      beat(2 * LEASE_MS);

      fault();

      // The beat after tells the fault from a slow start.
      now += BEAT_MS;
      renew();
      expect(standing.isGood(now)).to.equal(false);
      beat(LEASE_MS - 3 * BEAT_MS);
      expect(standing.isGood(now)).to.equal(false);
      beat(4 * BEAT_MS);
      expect(standing.isGood(now)).to.equal(true);
    });
  }

  it('begins anew when another answer shows the jump first', () => {
    beat(2 * LEASE_MS);

    standing.saw({ sentAt: now, repliedAt: now + 1, redisNow: OFFSET_MS + now + 60_000 });

    expect(standing.isGood(now)).to.equal(false);
  });

  it('counts from the answer to a renewal that was sent before Redis served', () => {
    renew({ lateMs: 20_000 });

    expect(standing.isGood(now)).to.equal(false);
  });

  it('stays good while handlers hold up the reading of the answers', () => {
    beat(2 * LEASE_MS, { readMs: 3_000 });

    expect(standing.isGood(now)).to.equal(true);
  });

  it('stays good while the clocks drift apart', () => {
    for (let at = 0; at < 10_000; at++) {
      now += BEAT_MS;
      renew({ jumpMs: at });
    }

    expect(standing.isGood(now)).to.equal(true);
  });

  describe('on a holder that is silent', () => {
    const SILENCE = { leaseMs: LEASE_MS };
    let writtenAt: number;

    /** The holder renews now for the last time. */
    const silence = (): void => {
      writtenAt = OFFSET_MS + now;
    };
    const isDead = (): boolean => standing.isOutlived({ ...SILENCE, endedAt: writtenAt + LEASE_MS }, now);
    /** Redis serves nobody for that long. */
    const outage = (forMs: number): void => renew({ lateMs: forMs });

    beforeEach(() => beat(2 * LEASE_MS));

    it('says that he is dead when his lease is over', () => {
      silence();
      beat(LEASE_MS - BEAT_MS);
      expect(isDead()).to.equal(false);
      beat(BEAT_MS);
      expect(isDead()).to.equal(true);
    });

    it('does not count an outage, and counts the silence before it', () => {
      silence();
      beat(LEASE_MS - 3 * BEAT_MS);
      outage(60_000);
      beat(3 * BEAT_MS);
      expect(isDead()).to.equal(false);
      beat(2 * BEAT_MS);
      expect(isDead()).to.equal(true);
    });

    it('gives who was heard until an outage nearly a lease to come back', () => {
      silence();
      renew();
      outage(60_000);
      beat(LEASE_MS - 3 * BEAT_MS);
      expect(isDead()).to.equal(false);
    });

    it('gives everybody half a lease after an outage, however long he was silent before it', () => {
      silence();
      beat(LEASE_MS);
      outage(60_000);
      beat(LEASE_MS / 2 - 2 * BEAT_MS);
      expect(isDead()).to.equal(false);
      beat(3 * BEAT_MS);
      expect(isDead()).to.equal(true);
    });

    it('adds up the silence between outages', () => {
      silence();
      for (let at = 0; at < 3; at++) {
        beat(2 * BEAT_MS);
        outage(20_000);
      }
      beat(LEASE_MS / 2 + 2 * BEAT_MS);
      expect(isDead()).to.equal(true);
    });

    for (const jumpMs of [60_000, -60_000]) {
      it(`counts nothing from before the clock of Redis was set, by ${jumpMs} ms`, () => {
        silence();
        beat(LEASE_MS - 2 * BEAT_MS);
        beat(LEASE_MS - 2 * BEAT_MS, { jumpMs });
        expect(standing.isOutlived({ ...SILENCE, endedAt: writtenAt + LEASE_MS + jumpMs }, now)).to.equal(
          false,
        );
      });

      it(`counts nothing from before it was set and set back, by ${jumpMs} ms, be it for a moment`, () => {
        beat(4 * LEASE_MS);
        // He renewed while the clock was wrong: what he wrote seems to be of another time.
        now += BEAT_MS;
        renew({ jumpMs });
        writtenAt = OFFSET_MS + now - 60_000;
        beat(LEASE_MS - 2 * BEAT_MS);
        expect(isDead()).to.equal(false);
      });
    }

    it('takes the length of a lease that nobody knows for that of its own', () => {
      silence();
      beat(LEASE_MS + BEAT_MS);
      expect(standing.isOutlived({ leaseMs: null, endedAt: writtenAt + LEASE_MS }, now)).to.equal(true);
    });

    it('says so of nobody before it has kept a lease of its own', () => {
      const fresh = new Standing(LEASE_MS);
      expect(fresh.isOutlived({ ...SILENCE, endedAt: 0 }, now)).to.equal(false);
    });
  });
});

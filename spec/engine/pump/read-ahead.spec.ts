import { expect } from 'chai';
import { ReadAhead } from '../../../lib/engine/pump/read-ahead.ts';

/** Lets a lane live through exchanges of `flightMs`, between which it runs `jobs` in `busyMs`. */
function live(ahead: ReadAhead, { flightMs, busyMs, jobs, times }: Record<string, number>): void {
  let now = 1_000;
  for (let exchange = 0; exchange < (times ?? 10); exchange++) {
    const sentAt = now;
    const repliedAt = sentAt + (flightMs ?? 0);
    ahead.noteReply({ sentAt, repliedAt, idleSince: sentAt });
    for (let job = 0; job < (jobs ?? 0); job++) ahead.noteEnded();
    now = repliedAt + (busyMs ?? 0);
  }
}

describe('ReadAhead', () => {
  it('reads nothing ahead at first', () => {
    expect(new ReadAhead(10).size).to.equal(0);
  });

  it('reads nothing ahead where jobs take longer than a round trip', () => {
    const ahead = new ReadAhead(1);

    live(ahead, { flightMs: 1, busyMs: 10, jobs: 1 });

    expect(ahead.size).to.equal(0);
  });

  it('reads as many ahead as end during one round trip', () => {
    const ahead = new ReadAhead(100);

    live(ahead, { flightMs: 2, busyMs: 1, jobs: 50, times: 20 });

    expect(ahead.size).to.equal(100);
  });

  it('reads nothing ahead after a few quick jobs', () => {
    const ahead = new ReadAhead(1);

    live(ahead, { flightMs: 1, busyMs: 0.1, jobs: 1, times: 6 });

    expect(ahead.size).to.equal(0);
  });

  it('counts the whole time while something runs', () => {
    const ahead = new ReadAhead(10);
    for (let now = 0; now < 400; now += 10) {
      for (let job = 0; job < 20; job++) ahead.noteEnded();
      ahead.noteReply({ sentAt: now + 5, repliedAt: now + 10, idleSince: null });
    }

    expect(ahead.size).to.equal(10);
  });

  it('goes no further than its cap, however fast jobs end', () => {
    const [few, many] = [new ReadAhead(1), new ReadAhead(100)];

    for (const ahead of [few, many]) live(ahead, { flightMs: 100, busyMs: 0, jobs: 1_000, times: 30 });

    expect([few.size, many.size]).to.deep.equal([128, 400]);
  });

  it('starts anew when told', () => {
    const ahead = new ReadAhead(100);
    live(ahead, { flightMs: 2, busyMs: 1, jobs: 50, times: 20 });

    ahead.reset();

    expect(ahead.size).to.equal(0);
  });
});

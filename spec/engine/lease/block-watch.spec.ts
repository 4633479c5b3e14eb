import { expect } from 'chai';
import { BlockWatch } from '../../../lib/engine/lease/block-watch.ts';
import { Heartbeat } from '../../../lib/engine/lease/heartbeat.ts';

describe('BlockWatch', () => {
  let heartbeat: Heartbeat;
  let watch: BlockWatch;

  beforeEach(() => {
    heartbeat = new Heartbeat();
    heartbeat.allow(60_000);
    watch = new BlockWatch(new Heartbeat(heartbeat.memory), 1_500);
    watch.look(1_000);
  });

  it('takes a main thread that beats to live', () => {
    for (const now of [2_000, 3_000, 4_000]) {
      heartbeat.beat();
      expect(watch.look(now)).to.deep.equal({ is: 'living' });
    }
  });

  it('takes a short silence for nothing', () => {
    expect(watch.look(2_499)).to.deep.equal({ is: 'living' });
  });

  it('takes one that is silent for longer to be blocked, until it beats again', () => {
    expect(watch.look(2_500)).to.deep.equal({ is: 'blocked', forMs: 1_500 });
    expect(watch.look(60_999)).to.deep.equal({ is: 'blocked', forMs: 59_999 });

    heartbeat.beat();

    expect(watch.look(61_000)).to.deep.equal({ is: 'living' });
    expect(watch.look(62_500)).to.deep.equal({ is: 'blocked', forMs: 1_500 });
  });

  it('takes one to hang that is blocked for longer than it may be, by what it allowed last', () => {
    expect(watch.look(61_000)).to.deep.equal({ is: 'hung', forMs: 60_000 });

    heartbeat.allow(90_000);

    expect(watch.look(61_000)).to.deep.equal({ is: 'blocked', forMs: 60_000 });
    expect(watch.look(91_000)).to.deep.equal({ is: 'hung', forMs: 90_000 });
  });

  it('takes any number that the count has come to, as it begins anew at its end', () => {
    for (let beat = 0; beat < 3; beat++) heartbeat.beat();

    expect(watch.look(5_000)).to.deep.equal({ is: 'living' });
  });
});

describe('Heartbeat', () => {
  it('allows what the memory can hold', () => {
    const heartbeat = new Heartbeat();

    heartbeat.allow(Number.POSITIVE_INFINITY);

    expect(heartbeat.allowedMs).to.equal(2 ** 31 - 1);
  });
});

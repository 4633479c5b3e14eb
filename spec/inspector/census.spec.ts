import { expect } from 'chai';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { QueueCensus } from '../../lib/inspector/census.ts';

describe('the census of queues', () => {
  let now: number;
  let searches: { end: (names: readonly string[]) => void; fail: (error: unknown) => void }[];
  let endPatience: () => void;
  let census: QueueCensus;

  beforeEach(() => {
    now = 0;
    searches = [];
    endPatience = () => {};
    const sleep: Clock['sleep'] = () =>
      new Promise((resolve) => {
        endPatience = resolve;
      });
    const search = (): Promise<readonly string[]> =>
      new Promise((end, fail) => {
        searches.push({ end, fail });
      });
    census = new QueueCensus({ search, clock: { ...systemClock, elapsed: () => now, sleep } });
  });

  /** Counts once, in so many ms. */
  async function count(names: readonly string[], tookMs = 0): Promise<readonly string[]> {
    const counted = census.names();
    now += tookMs;
    searches.at(-1)?.end(names);
    return counted;
  }

  it('searches once for all who ask at a time, and within a second', async () => {
    const first = [census.names(), census.names()];
    searches[0]?.end(['a']);
    await Promise.all(first);
    now += 999;

    expect(await census.names()).to.deep.equal(['a']);
    expect(searches).to.have.lengthOf(1);
  });

  it('searches anew after a second', async () => {
    await count(['a']);
    now += 1_000;

    expect(await count(['a', 'b'])).to.deep.equal(['a', 'b']);
  });

  it('is content with an older list where the search takes long: twenty times as long', async () => {
    await count(['a'], 500);
    now += 9_000;

    expect(await census.names()).to.deep.equal(['a']);
    expect(searches).to.have.lengthOf(1);
  });

  it('gives the list that it has while the next takes too long', async () => {
    await count(['a']);
    now += 1_000;
    const asked = census.names();
    endPatience();

    expect(await asked).to.deep.equal(['a']);
    expect(searches).to.have.lengthOf(2);
  });

  it('keeps no search that failed', async () => {
    const failed = census.names().catch(String);
    searches[0]?.fail('away');

    expect([await failed, await count(['a'])]).to.deep.equal(['away', ['a']]);
  });

  it('keeps no search that was under way when it was told to forget', async () => {
    const asked = census.names();
    census.forget();
    searches[0]?.end(['old']);
    await asked;

    expect(await count(['new'])).to.deep.equal(['new']);
  });

  it('searches for the next who asks once it was told to forget', async () => {
    await count(['a']);
    census.forget();

    expect(await count(['b'])).to.deep.equal(['b']);
  });
});

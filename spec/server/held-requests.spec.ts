import { expect } from 'chai';
import { HeldRequests } from '../../lib/server/held-requests.ts';

const never = new AbortController().signal;
const untilOver = (over: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    if (over.aborted) resolve('over');
    over.addEventListener('abort', () => resolve('over'));
  });
const codeOf = (held: Promise<unknown>): Promise<unknown> =>
  held.then(
    () => expect.fail('it was held'),
    ({ code }) => code,
  );

describe('HeldRequests', () => {
  it('refuses one too many, and has a place again when one ends', async () => {
    const held = new HeldRequests({ most: 2, what: 'wait' });
    const [first, second] = [new AbortController(), new AbortController()];
    const holding = [held.hold(first.signal, untilOver), held.hold(second.signal, untilOver)];

    expect(await codeOf(held.hold(never, untilOver))).to.equal('TOO_MANY_HELD');
    first.abort();
    await holding[0];

    expect(held.size).to.equal(1);
    expect(await held.hold(never, async () => 'held')).to.equal('held');
    second.abort();
    await holding[1];
  });

  it('gives the place back when the work fails', async () => {
    const held = new HeldRequests({ most: 1, what: 'wait' });
    const failing = (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code: 'NO' }));

    expect(await codeOf(held.hold(never, failing))).to.equal('NO');
    expect(held.size).to.equal(0);
  });

  it('ends all when the server closes, and whatever comes later at once', async () => {
    const closing = new AbortController();
    const held = new HeldRequests({ most: 2, what: 'wait', closing: closing.signal });
    const holding = held.hold(never, untilOver);

    closing.abort();

    expect(await holding).to.equal('over');
    expect(await held.hold(never, untilOver)).to.equal('over');
  });

  it('ends at once for a client that is gone already', async () => {
    const held = new HeldRequests({ most: 1, what: 'wait' });

    expect(await held.hold(AbortSignal.abort(), untilOver)).to.equal('over');
  });
});

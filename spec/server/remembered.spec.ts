import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { type Remembered, remembered } from '../../lib/server/remembered.ts';

describe('what is remembered', () => {
  let elapsedMs: number;
  let readings: PromiseWithResolvers<string>[];
  let memo: Remembered<string>;

  beforeEach(() => {
    elapsedMs = 0;
    readings = [];
    const clock = { ...systemClock, elapsed: () => elapsedMs };
    memo = remembered({ clock, freshMs: 1_000 }, () => {
      const reading = withResolvers<string>();
      readings.push(reading);
      return reading.promise;
    });
  });

  it('is read once for all who ask while it is read and while it is fresh', async () => {
    const asked = [memo.read(), memo.read()];
    readings[0]?.resolve('first');
    elapsedMs = 999;

    expect(await Promise.all([...asked, memo.read()])).to.deep.equal(['first', 'first', 'first']);
    expect(readings).to.have.lengthOf(1);
  });

  it('is read anew when it has grown old', async () => {
    memo.read();
    elapsedMs = 1_000;
    const asked = memo.read();
    readings[1]?.resolve('second');

    expect(await asked).to.equal('second');
  });

  it('is read anew once it was forgotten, also while the old is still being read', async () => {
    const before = memo.read();
    memo.forget();
    const after = memo.read();
    readings[1]?.resolve('second');
    readings[0]?.resolve('first');

    expect(await Promise.all([before, after, memo.read()])).to.deep.equal(['first', 'second', 'second']);
  });

  it('does not keep a failure', async () => {
    const failing = memo.read().catch((error: Error) => error.message);
    readings[0]?.reject(new Error('away'));
    expect(await failing).to.equal('away');

    const asked = memo.read();
    readings[1]?.resolve('second');

    expect(await asked).to.equal('second');
  });

  it('keeps what is newer than a reading that fails late', async () => {
    const failing = memo.read().catch((error: Error) => error.message);
    memo.forget();
    const newer = memo.read();
    readings[0]?.reject(new Error('away'));
    await failing;
    memo.read();
    readings[1]?.resolve('second');

    expect(await newer).to.equal('second');
    expect(readings).to.have.lengthOf(2);
  });
});

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: PromiseWithResolvers<T>['resolve'] = () => {};
  let reject: PromiseWithResolvers<T>['reject'] = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T | PromiseLike<T>): void;
  reject(reason: Error): void;
}

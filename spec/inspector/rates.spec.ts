import { expect } from 'chai';
import type { Session, Taken } from '../../lib/engine/session/session.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../support/engine.ts';

const MINUTE_MS = 60_000;

describe('inspector.rates', () => {
  let engine: SpecEngine;
  let session: Session;
  let inspector: Inspector;
  let queue: string;
  /** From which the notes of a spec are counted back. */
  let now: number;

  beforeEach(async () => {
    engine = openEngine();
    session = engine.session();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
    const [seconds] = await engine.client.time();
    now = Number(seconds) * 1_000;
  });
  afterEach(() => engine.close());

  /** Writes a note as a worker does. */
  const note = (minutesAgo: number, unfinished: number, succeeded = 0, failed = 0): Promise<unknown> => {
    const at = now - minutesAgo * MINUTE_MS;
    const text = [at, unfinished, succeeded, failed].join(' ');
    return engine.client.hset(engine.keys.samples, String(Math.floor(at / MINUTE_MS)), text);
  };
  const startOf = (minutesAgo: number): number => (Math.floor(now / MINUTE_MS) - minutesAgo) * MINUTE_MS;

  it('knows nothing of a queue of which nobody took note, and takes none itself', async () => {
    await engine.add('a');

    expect(await inspector.rates(queue)).to.deep.equal({ inPerMin: null, outPerMin: null, minutes: [] });
    expect(await engine.client.exists(engine.keys.samples)).to.equal(0);
  });

  it('tells minute by minute what came and what ended, oldest first', async () => {
    await note(3, 10, 0, 0);
    await note(2, 12, 5, 1);
    await note(1, 2, 25, 1);

    expect((await inspector.rates(queue)).minutes).to.deep.equal([
      { at: startOf(3), added: 8, succeeded: 5, failed: 1 },
      { at: startOf(2), added: 10, succeeded: 20, failed: 0 },
    ]);
  });

  it('spreads what happened over the minutes of which there is no note', async () => {
    await note(4, 0, 0, 0);
    await note(1, 0, 10, 1);

    const { minutes } = await inspector.rates(queue);

    expect(minutes.map(({ at }) => at)).to.deep.equal([startOf(4), startOf(3), startOf(2)]);
    expect(minutes.map(({ succeeded }) => succeeded)).to.deep.equal([3, 3, 4]);
    expect(minutes.map(({ failed }) => failed)).to.deep.equal([0, 0, 1]);
    expect(minutes.map(({ added }) => added)).to.deep.equal([3, 4, 4]);
  });

  it('says nothing below 0 where jobs were removed by hand', async () => {
    await note(2, 100);
    await note(1, 0);

    expect((await inspector.rates(queue)).minutes).to.deep.equal([
      { at: startOf(2), added: 0, succeeded: 0, failed: 0 },
    ]);
  });

  it('goes back an hour, and no further', async () => {
    await note(90, 0, 0);
    await note(59, 0, 31);
    await note(1, 0, 89);

    const { minutes } = await inspector.rates(queue);

    // A minute may begin in between.
    expect(minutes[0]?.at).to.be.oneOf([startOf(60), startOf(59)]);
    expect(minutes.at(-1)?.at).to.equal(startOf(2));
    expect(minutes.every(({ succeeded }) => succeeded === 1)).to.equal(true);
  });

  it('compares now with some minutes ago', async () => {
    await note(30, 0);
    await note(5, 0);
    await note(1, 0);
    await engine.add('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
    const taken = (await take(session, 5)) as Taken[];
    await settle(
      session,
      ...taken.map((one): [Taken, typeof outcomes.succeeded] => [one, outcomes.succeeded]),
    );

    const { inPerMin, outPerMin } = await inspector.rates(queue);

    expect(inPerMin).to.be.closeTo(2, 0.1);
    expect(outPerMin).to.be.closeTo(1, 0.1);
  });

  it('knows no present rates from notes that are too fresh or too old', async () => {
    await note(0, 0);
    await note(20, 0);

    expect(await inspector.rates(queue)).to.include({ inPerMin: null, outPerMin: null });
  });
});

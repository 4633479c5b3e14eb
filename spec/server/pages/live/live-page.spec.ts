import { expect } from 'chai';
import { type Clock, systemClock } from '../../../../lib/clock.ts';
import { LiveFollower } from '../../../../lib/server/pages/live/live-follower.ts';
import { LivePage } from '../../../../lib/server/pages/live/live-page.ts';
import { until } from '../../../support/wait.ts';

/** What a follower needs of an answer. */
class Answer {
  readonly texts: string[] = [];
  destroyed = false;
  writableEnded = false;
  writableNeedDrain = false;

  write(text: string): boolean {
    this.texts.push(text);
    return true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  /** What the messages brought: the page, or only of when it is. */
  get told(): string[] {
    return this.texts.map((text) => text.replace(/\n/g, '|'));
  }
}

describe('a page that some follow', () => {
  let looks: number;
  let body: string;
  let error: Error | null;
  let elapsed: number;
  let page: LivePage;
  /** Lets the next look begin. */
  let next: () => void;

  beforeEach(() => {
    looks = 0;
    body = 'one';
    error = null;
    elapsed = 0;
    next = () => {};
    const clock: Clock = {
      ...systemClock,
      elapsed: () => elapsed,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          next = resolve;
          signal.addEventListener('abort', () => resolve());
        }),
    };
    page = new LivePage({
      clock,
      look: async () => {
        looks++;
        if (error) throw error;
        return { at: looks, body, foot: '.' };
      },
      reasonOf: (thrown) => String(thrown),
      pauseMs: () => 0,
    });
    follower = (answer) =>
      // As much of an answer as is used.
      new LiveFollower(answer as unknown as ConstructorParameters<typeof LiveFollower>[0], clock);
  });

  let follower: (answer: Answer) => LiveFollower;
  const look = async (): Promise<void> => {
    const before = looks;
    const rest = next;
    rest();
    await until(() => looks > before && next !== rest, 'it was looked');
  };

  it('is read once for all, and told whole only where it has changed', async () => {
    const [one, other] = [new Answer(), new Answer()];
    page.join(follower(one));
    page.join(follower(other));

    await look();
    await look();
    body = 'two';
    await look();

    expect(looks).to.equal(3);
    expect(one.told).to.deep.equal([
      'data: {"at":1,"html":"one."}||',
      'data: {"at":2,"html":"."}||',
      'data: {"at":3,"html":"two."}||',
    ]);
    expect(other.told).to.deep.equal(one.told);
  });

  it('tells who comes later the whole of it at once', async () => {
    page.join(follower(new Answer()));
    await look();
    await look();
    const late = new Answer();

    page.join(follower(late));

    expect(late.told).to.deep.equal(['data: {"at":2,"html":"one."}||']);
  });

  it('says that it cannot be read, and goes on; who was told so only gets the whole of it', async () => {
    const answer = new Answer();
    page.join(follower(answer));
    await look();
    error = new Error('away');
    await look();
    const late = new Answer();
    page.join(follower(late));
    error = null;
    await look();

    expect(answer.told.slice(1)).to.deep.equal([
      'event: stale|data: {"reason":"Error: away"}||',
      'data: {"at":3,"html":"."}||',
    ]);
    expect(late.told.at(-1)).to.equal('data: {"at":3,"html":"one."}||');
  });

  it('is read no more when the last has left', async () => {
    const [one, other] = [follower(new Answer()), follower(new Answer())];
    page.join(one);
    page.join(other);
    await look();

    expect(page.leave(one)).to.equal(true);
    expect(page.leave(other)).to.equal(false);
    await new Promise((resolve) => setImmediate(resolve));

    expect(looks).to.equal(1);
  });

  it('keeps nothing for who is slow, tells them what is then, and cuts off who takes in nothing', async () => {
    const [slow, deaf] = [new Answer(), new Answer()];
    page.join(follower(slow));
    page.join(follower(deaf));
    await look();
    slow.writableNeedDrain = true;
    deaf.writableNeedDrain = true;
    body = 'two';
    await look();
    elapsed = 9_999;
    slow.writableNeedDrain = false;
    await look();
    elapsed = 10_000;
    await look();

    expect(slow.told).to.deep.equal([
      'data: {"at":1,"html":"one."}||',
      'data: {"at":3,"html":"two."}||',
      'data: {"at":4,"html":"."}||',
    ]);
    expect([slow.destroyed, deaf.destroyed]).to.deep.equal([false, true]);
    expect(deaf.texts).to.have.length(1);
  });
});

import { expect } from 'chai';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const FAST = 3_000;
const SLOW = FAST;
const BEHIND = 50;

/** Numbers of jobs: many that end at once, one that does not, and some behind it. */
const NUMBERS = Array.from({ length: FAST + 1 + BEHIND }, (_, n) => n);

describe('a worker that reads ahead', () => {
  let specs: SpecWorkers;
  let open: () => void;
  let gate: Promise<void>;

  beforeEach(() => {
    specs = openWorkers();
    gate = new Promise((resolve) => {
      open = resolve;
    });
  });
  afterEach(async () => {
    open();
    await specs.close();
  });

  const handler = (ran: number[]) =>
    specs.handler(async (n: number) => {
      ran.push(n);
      if (n === SLOW) await gate;
    });

  const isStuckAlone = async (): Promise<boolean> => {
    const { active, waiting } = await specs.queries().counts();
    return active === 1 && waiting === BEHIND;
  };

  it('gives back in order what cannot start soon, and others run it meanwhile', async () => {
    const [first, second]: [number[], number[]] = [[], []];
    await specs.add(...NUMBERS);
    await specs.worker({ handlers: [handler(first)], concurrency: 1 }).start();
    await until(() => first.includes(SLOW), 'the slow job runs');
    await until(isStuckAlone, 'what was read ahead went back');
    const waiting = await specs.waiting();

    await specs.worker({ handlers: [handler(second)], concurrency: 1 }).start();
    await until(() => second.length === BEHIND, 'the other worker ran them');

    expect(waiting).to.deep.equal(NUMBERS.slice(SLOW + 1));
    expect(second).to.deep.equal(NUMBERS.slice(SLOW + 1));
    expect(first).to.deep.equal(NUMBERS.slice(0, SLOW + 1));
  });

  it('never runs more jobs at a time than it may', async () => {
    let [running, most] = [0, 0];
    const busy = specs.handler(async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    });
    await specs.add(...NUMBERS);

    await specs.worker({ handlers: [busy], concurrency: 3 }).start();
    const allDone = async (): Promise<boolean> => {
      const { active, waiting } = await specs.queries().counts();
      return active + waiting === 0;
    };
    await until(allDone, 'all jobs are done');

    expect(most).to.equal(3);
  });

  it('gives back on stop what has not begun, and spends no attempt of it', async () => {
    const ran: number[] = [];
    await specs.add(...NUMBERS);
    const worker = specs.worker({ handlers: [handler(ran)], concurrency: 1 });
    await worker.start();
    await until(() => ran.length > FAST - 700, 'it is in full swing');

    await worker.stop();

    const waiting = await specs.waiting();
    expect(ran.concat(waiting as number[])).to.deep.equal(NUMBERS);
    expect((await specs.queries().counts()).active).to.equal(0);
  });
});

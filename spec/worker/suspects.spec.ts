import { expect } from 'chai';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';

describe('a job that kills its worker', function () {
  this.timeout(120_000);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });
  afterEach(() => crew.close());

  const outcomesOf = (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await crew.inspector.job(toil.queue, id))?.outcome));

  it('is given up after three deaths, and those beside it are not', async () => {
    const [poison = ''] = await crew.add(1, 0, 'exit');
    const good = await crew.add(5, 300);

    const deaths = await crew.superviseUntilDrained({ concurrency: 6 });

    expect(deaths).to.equal(3);
    expect(await outcomesOf([poison])).to.deep.equal(['lost']);
    expect(await outcomesOf(good)).to.deep.equal(Array(5).fill('succeeded'));
    expect(await crew.client.exists(crew.keys.losses)).to.equal(0);
  });

  for (const deed of ['exit', 'abort', 'exhaust'] as const) {
    it(`fails alone by its own deaths, with twenty bystanders untouched: ${deed}`, async () => {
      const good = await crew.add(10, 200);
      const [poison = ''] = await crew.add(1, 50, deed);
      good.push(...(await crew.add(10, 200)));

      const options = { concurrency: 21, nodeOptions: '--max-old-space-size=64' };
      const deaths = await crew.superviseUntilDrained(options);

      expect(deaths).to.equal(3);
      expect(await outcomesOf([poison])).to.deep.equal(['lost']);
      expect(await outcomesOf(good)).to.deep.equal(Array(20).fill('succeeded'));
      expect(await crew.client.exists(crew.keys.losses)).to.equal(0);
    });
  }

  for (const [deed, message] of [
    ['throwLater', 'thrown in a timer'],
    ['rejectLater', 'rejected'],
    ['emitError', 'emitted'],
  ] as const) {
    it(`fails by its own attempt where it is an error that nobody handled: ${message}`, async () => {
      const good = await crew.add(3, 1_000);
      const [poison = ''] = await crew.add(1, 200, deed);
      good.push(...(await crew.add(2, 1_000)));

      const deaths = await crew.superviseUntilDrained({ concurrency: 6 });

      const job = await crew.inspector.job(toil.queue, poison);
      expect(job).to.include({ outcome: 'failed', attempts: 1 });
      expect(job?.errors[0]?.message).to.equal(message);
      expect(await outcomesOf(good)).to.deep.equal(Array(5).fill('succeeded'));
      expect(deaths).to.equal(1);
      const [first] = crew.workers;
      expect(first?.stdout).to.include(`uncaught ${poison}`);
      expect((await first?.exit)?.code).to.equal(1);
      expect(await crew.client.exists(crew.keys.losses), 'no loss is counted').to.equal(0);
    });
  }

  it('gives all back untouched where nobody knows whose the error is', async () => {
    const ids = [...(await crew.add(2, 2_000)), ...(await crew.add(1, 200, 'throwElsewhere'))];
    const worker = await crew.hire({ concurrency: 3 });

    expect((await worker.exit).code).to.equal(1);

    expect(worker.stdout).to.include('uncaught nobody');
    expect(await crew.client.lrange(crew.keys.waiting, 0, -1)).to.have.members(ids);
    expect(await crew.client.exists(crew.keys.losses, crew.keys.workers)).to.equal(0);
  });

  it('costs none of 200 others that run beside it, 20 at a time, nor do two of the kind', async () => {
    const good = [...(await crew.add(10, 20))];
    const poisons = await crew.add(1, 0, 'exit');
    good.push(...(await crew.add(30, 20)));
    poisons.push(...(await crew.add(1, 10, 'exit')));
    good.push(...(await crew.add(160, 20)));

    const deaths = await crew.superviseUntilDrained({ concurrency: 20 });

    expect(await outcomesOf(poisons)).to.deep.equal(['lost', 'lost']);
    expect(await outcomesOf(good)).to.deep.equal(Array(200).fill('succeeded'));
    expect(deaths).to.be.at.most(7);
  });
});

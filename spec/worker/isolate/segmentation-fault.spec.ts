import { expect } from 'chai';
import { Crew } from '../../support/crew.ts';
import { isolatedToil, toil } from '../../support/crew-job.ts';
import { redisUrl } from '../../support/redis.ts';

const BYSTANDERS = 10;

describe('a segmentation fault in a thread of an isolated handler', function () {
  this.timeout(120_000);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });
  afterEach(() => crew.close());

  const jobsOf = (ids: readonly string[]) => Promise.all(ids.map((id) => crew.inspector.job(toil.queue, id)));
  const isolated = async (given: { do: string; with: number }) =>
    (await crew.producer.add(isolatedToil, given)).id;

  it('ends the worker, is that of its own job, and all that ran beside it succeeds after the restart', async () => {
    const beside = await crew.add(BYSTANDERS, 300);
    const culprit = await isolated({ do: 'segfault', with: 0 });
    beside.push(await isolated({ do: 'wait', with: 300 }), ...(await crew.add(BYSTANDERS, 300)));

    const deaths = await crew.superviseUntilDrained({ concurrency: beside.length + 1, isolates: true });

    expect(deaths).to.equal(3);
    const exits = await Promise.all(crew.workers.slice(0, deaths).map(({ exit }) => exit));
    expect(exits).to.deep.equal(Array(3).fill({ code: null, signal: 'SIGSEGV' }));
    expect((await jobsOf([culprit])).map((job) => job?.outcome)).to.deep.equal(['lost']);
    for (const job of await jobsOf(beside)) expect(job).to.include({ outcome: 'succeeded', attempts: 1 });
    expect(await crew.client.exists(crew.keys.losses)).to.equal(0);
  });
});

import { expect } from 'chai';
import { JOB_STATES } from '../../../lib/inspector/inspector.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

const PAGE = `/arena/redis/${QUEUE}`;

describe("Arena's dumps", function () {
  this.timeout(120_000);
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });

  afterEach(() => monitor.close());

  const dump = async (name: string): Promise<{ id: string }[]> => {
    const response = await monitor.fetch(`${PAGE}/${name}.json`);
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.match(/^application\/json/);
    return (await response.json()) as { id: string }[];
  };

  for (const state of JOB_STATES) {
    it(`hold the newest thousand of those that are ${state}, each once, as the inspector tells them`, async () => {
      await monitor.jobsIn(state, 1_003);
      const query = { state, limit: 1_000 };
      const { jobs } = await monitor.inspector.jobs(QUEUE, query);

      const dumped = await dump(state);

      expect(dumped).to.have.lengthOf(1_000);
      expect(dumped).to.deep.equal(jobs);
    });
  }

  it('hold the thousand that were added last', async () => {
    const ids = await monitor.jobsIn('waiting', 1_050);

    const dumped = await dump('waiting');

    expect(dumped.map(({ id }) => id)).to.deep.equal(ids.slice(50).reverse());
  });

  it('hold no job twice when others are added meanwhile', async () => {
    await monitor.jobsIn('waiting', 500);
    const { inspector } = monitor;
    const { jobs } = inspector;
    inspector.jobs = async function (...given) {
      await monitor.jobsIn('waiting', 30);
      return Reflect.apply(jobs, this, given);
    };

    const ids = (await dump('waiting')).map(({ id }) => id);

    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids.length).to.be.greaterThan(500);
  });

  it('are empty lists where there are no jobs', async () => {
    for (const state of JOB_STATES) expect(await dump(state), state).to.deep.equal([]);
  });

  it("answer to BullMQ's word for succeeded too", async () => {
    const id = await monitor.jobIn('succeeded');

    for (const name of ['succeeded', 'completed']) {
      expect((await dump(name)).map((job) => job.id)).to.deep.equal([id]);
    }
  });

  for (const queue of ['日本', 'a"b;c', 'a\nb', 'ü']) {
    it(`have a name that a header can hold for a queue ${JSON.stringify(queue)}`, async () => {
      const record = JSON.stringify({ data: 1, options: { timestamp: 1 }, status: 'created', progress: 0 });
      await monitor.client.hset(`${monitor.prefix}:${queue}:jobs`, 'x', record);
      await monitor.client.lpush(`${monitor.prefix}:${queue}:waiting`, 'x');

      const response = await monitor.fetch(`/arena/redis/${encodeURIComponent(queue)}/waiting.json`);

      expect(response.status).to.equal(200);
      expect(response.headers.get('content-disposition')).to.match(
        /^attachment; filename.*waiting-dump\.json/,
      );
      expect(await response.json()).to.have.lengthOf(1);
    });
  }

  it('are what a head request asks for without the jobs', async () => {
    await monitor.jobsIn('waiting', 3);

    const response = await monitor.fetch(`${PAGE}/waiting.json`, { method: 'HEAD' });

    expect([response.status, await response.text()]).to.deep.equal([200, '']);
  });
});

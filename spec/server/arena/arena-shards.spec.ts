import { expect } from 'chai';
import { z } from 'zod';
import { defineJob } from '../../../lib/jobs/define.ts';
import { shardOf } from '../../../lib/shards/route.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { giveShards } from '../../support/shards.ts';

const SHARDS = 3;
const JOBS = 47;
const PAGE = `/arena/redis/${QUEUE}`;

describe('Arena over a queue with shards', () => {
  let monitor: SpecMonitor;
  let ids: string[];

  before(async () => {
    monitor = await openMonitor();
    const { client, prefix, producer } = monitor;
    await giveShards({ client, prefix }, QUEUE, SHARDS);
    const job = defineJob({ type: 'job', queue: QUEUE, schema: z.unknown() });
    ids = (
      await producer.addMany(
        job,
        Array.from({ length: JOBS }, (_, at) => at),
      )
    ).map(({ id }) => id);
  });
  after(() => monitor.close());

  const text = async (path: string): Promise<string> => (await monitor.fetch(path)).text();
  const idsIn = (html: string): string[] => ids.filter((id) => html.includes(`${PAGE}/${id}`));

  it('lists one queue, with the jobs of all shards', async () => {
    const list = await text('/arena/');
    expect(list).to.include(`href="${PAGE}"`);
    expect(list).to.not.include(`${QUEUE}~1`);
    expect(await text(PAGE)).to.include(String(JOBS));
  });

  it('shows each job on one page', async () => {
    const seen: string[] = [];
    for (let page = 1; page <= 5; page++) {
      const found = idsIn(await text(`${PAGE}/waiting?page=${page}&pageSize=10`));
      expect(found.length).to.equal(page < 5 ? 10 : 7);
      seen.push(...found);
    }
    expect(seen.sort()).to.deep.equal([...ids].sort());
  });

  it('gives all of them as JSON, and shows and changes each wherever it is', async () => {
    const all: unknown = JSON.parse(await text(`${PAGE}/waiting.json`));
    expect(Array.isArray(all) ? all.length : 0).to.equal(JOBS);
    for (let at = 0; at < SHARDS; at++) {
      const id = ids.find((one) => shardOf(one, SHARDS) === at) ?? '';
      expect(await text(`${PAGE}/${id}`)).to.include(id);
      const answer = await monitor.send('DELETE', `/arena/api/queue/redis/${QUEUE}/job/${id}`);
      expect(answer.status).to.equal(200);
      expect(await monitor.inspector.job(QUEUE, id)).to.equal(null);
    }
  });
});

import { expect } from 'chai';
import type { OpenSources } from '../../../lib/start-sources.ts';
import { type SpecCluster, startCluster } from '../../support/cluster.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { readPage } from '../../support/read-page.ts';
import { type SpecSentinels, startSentinels } from '../../support/sentinel.ts';
import { openSourcesOf } from '../../support/sources.ts';
import { until } from '../../support/wait.ts';

describe('a monitor of servers behind Sentinels and in a cluster', function () {
  this.timeout(180_000);
  let sentinels: SpecSentinels;
  let cluster: SpecCluster;
  let open: OpenSources;
  let monitor: SpecMonitor;

  before(async () => {
    [sentinels, cluster] = await Promise.all([startSentinels(), startCluster()]);
    open = openSourcesOf(`watched=${sentinels.url},spread=${cluster.url}`, { prefix: 'several' });
    monitor = await openMonitor({ sources: open.sources });
    for (const { producer } of open.sources.map((source) => source.parts()))
      for (const queue of [QUEUE, 'other', 'third'])
        await producer.addRaw({ type: 'there', queue, data: 1, options: { id: 'one' } });
  });

  after(async () => {
    await monitor?.close();
    await open?.close();
    await Promise.all([sentinels?.stop(), cluster?.stop()]);
  });

  const partsOf = (name: string) => {
    const source = open.sources.find((one) => one.name === name);
    if (!source) throw new Error(`there is no ${name}`);
    return source.parts();
  };
  const post = async (path: string): Promise<number> => {
    const headers = { 'X-Requested-With': 'XMLHttpRequest' };
    return (await monitor.fetch(path, { method: 'POST', headers })).status;
  };

  for (const name of ['watched', 'spread']) {
    it(`shows what is there, and changes it: ${name}`, async () => {
      const { inspector } = partsOf(name);
      const base = `/sources/${name}`;
      const pages = [
        '/',
        `/search?queue=${QUEUE}&state=waiting`,
        '/audit',
        '/runs',
        '/workflows',
        `/arena/${name}/${QUEUE}`,
      ];
      pages.push(`/queues/${QUEUE}`, `/queues/${QUEUE}/types/there`, `/queues/${QUEUE}/jobs/one`);

      for (const page of pages) expect((await readPage(monitor, base + page)).status, page).to.equal(200);
      expect((await readPage(monitor, `${base}/`)).text)
        .to.include('other')
        .and.include('third');
      expect((await readPage(monitor, '/arena/')).html).to.include(`href="${base}/arena/${name}/other"`);
      expect(await post(`${base}/actions/queues/${QUEUE}/pause`)).to.equal(200);
      expect(await post(`${base}/actions/queues/${QUEUE}/jobs/one/cancel`)).to.equal(200);

      expect((await inspector.queue(QUEUE)).paused).not.to.equal(null);
      expect(await inspector.job(QUEUE, 'one')).to.include({ outcome: 'cancelled' });
    });
  }

  it('goes on behind Sentinels when another server has become the primary', async () => {
    const before = await sentinels.named();
    await sentinels.failOver();
    await until(async () => (await sentinels.named()) !== before, 'another is the primary');
    const shows = async (): Promise<boolean> => {
      const { status } = await readPage(monitor, `/sources/watched/queues/${QUEUE}/jobs/one`);
      return status === 200 && (await post('/sources/watched/actions/queues/other/pause')) === 200;
    };

    await until(shows, 'it is shown and changed there');
    expect((await readPage(monitor, '/')).status).to.equal(200);
  });
});

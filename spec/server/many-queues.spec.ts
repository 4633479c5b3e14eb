import { expect } from 'chai';
import { createApi } from '../../lib/server/api/api.ts';
import { createHealth } from '../../lib/server/health/health.ts';
import { type Listener, listen } from '../../lib/server/listen.ts';
import { silentLog } from '../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../support/monitor.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const MANY = 10_000;

describe('ten thousand queues', function () {
  this.timeout(120_000);
  let redis: SpecRedis;
  let monitor: SpecMonitor;
  let api: Listener;

  before(async () => {
    redis = await startRedis({ appendOnly: false });
    monitor = await openMonitor({ redis: redis.url });
    const { inspector, producer } = monitor;
    const health = createHealth({ checks: {} });
    const deps = { inspector, producer, health, keys: [], definitions: new Map(), log: silentLog };
    api = await listen({
      handler: createApi(deps),
      role: 'api',
      host: '127.0.0.1',
      port: 0,
      variable: 'API_PORT',
    });
    const jobs = Array.from({ length: MANY }, (_, at) => ({
      type: 't',
      data: 1,
      options: { queue: `q${String(at).padStart(4, '0')}` },
    }));
    const answer = await fetch(`http://127.0.0.1:${api.port}/v1/jobs/batch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ jobs }),
    });
    expect(answer.status).to.equal(200);
    await answer.text();
  });

  after(async () => {
    await api.close(0);
    await monitor.close();
    await redis.stop();
  });

  /** Runs something; resolves with how many commands Redis was sent for it, the one that asks among them. */
  async function commandsOf(work: () => Promise<unknown>): Promise<number> {
    const count = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(await monitor.client.info('stats'))?.[1]);
    const before = await count();
    await work();
    return (await count()) - before;
  }

  const text = async (url: string): Promise<string> => {
    const answer = await fetch(url, { headers: { Accept: 'text/html' } });
    expect(answer.status).to.equal(200);
    return answer.text();
  };
  const list = async (query: string): Promise<{ queues: { name: string }[]; cursor: string | null }> =>
    JSON.parse(await text(`http://127.0.0.1:${api.port}/v1/queues${query}`));

  /** So that what is counted is not the search. */
  beforeEach(() => monitor.inspector.census.names());

  it('are listed in pages, each queue once', async () => {
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await list(`?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      names.push(...page.queues.map(({ name }) => name));
      cursor = page.cursor;
    }

    expect(names).to.have.lengthOf(MANY + 1);
    expect(new Set(names)).to.have.property('size', MANY + 1);
    expect(names).to.deep.equal([...names].sort());
  }).timeout(120_000);

  it('are found by how their names begin', async () => {
    const { queues, cursor } = await list('?prefix=q999');

    expect(queues.map(({ name }) => name)).to.deep.equal(Array.from({ length: 10 }, (_, at) => `q999${at}`));
    expect(cursor).to.equal(null);
  });

  it('cost a page of the list no more than its queues do', async () => {
    expect(await commandsOf(() => list('?limit=100'))).to.be.below(100 * 20 + 200);
  });

  it('cost the overview no more than the queues that it shows, and it says how many it does not', async () => {
    let page = '';
    let commands = 0;
    const showsAll = async (): Promise<boolean> => {
      commands = await commandsOf(async () => {
        page = await text(monitor.url);
      });
      return page.match(/id="queue-/g)?.length === 150;
    };

    // A page has a limit of time, in which a busy machine reads fewer.
    await until(showsAll, 'a page showed all that it may', 60_000);

    expect(commands).to.be.below(150 * 60 + 200);
    expect(page).to.include(`id="queue-${QUEUE}"`).and.include('9,851 more queues');
  });

  it('cost the metrics no more than the queues that they tell of, and they say how many are left out', async () => {
    let told = '';
    let commands = 0;
    const tellsAll = async (): Promise<boolean> => {
      commands = await commandsOf(async () => {
        told = await text(`${monitor.url}/metrics`);
      });
      return told.match(/^apiary_queue_paused\{/gm)?.length === 300;
    };

    // A scrape has a limit of time, in which a busy machine reads fewer.
    await until(tellsAll, 'a scrape told of all that it may', 60_000);

    expect(commands).to.be.below(300 * 30 + 200);
    expect(told).to.include('apiary_queues 10001').and.include('apiary_queues_left_out 9701');
    expect(told).to.include(`apiary_queue_paused{queue="${QUEUE}"}`);
  });

  it("are not all in Arena's list, which opens any of them by its address", async () => {
    const page = await text(`${monitor.url}/arena/`);

    expect(page.match(/arena\/redis\/q\d/g)).to.have.lengthOf(999);
    expect(page).to.include('9001 more');
    expect(await text(`${monitor.url}/arena/redis/q9999`)).to.include('q9999');
  });

  it('are entered rather than chosen on the page of the search', async () => {
    const page = await text(`${monitor.url}/search`);

    expect(page).to.match(/<input[^>]*name="queue"/);
    expect(page.length).to.be.below(20_000);
  });

  it('are one fewer when one is deleted', async () => {
    const url = `http://127.0.0.1:${api.port}/v1/queues/q0000`;
    const refused = await fetch(url, { method: 'DELETE' });
    const deleted = await fetch(`${url}?force=true`, { method: 'DELETE' });

    expect([refused.status, await deleted.json()]).to.deep.equal([409, { queue: 'q0000', deleted: true }]);
    expect((await list('?limit=1&prefix=q')).queues.map(({ name }) => name)).to.deep.equal(['q0001']);
  });
});

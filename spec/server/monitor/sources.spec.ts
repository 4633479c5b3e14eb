import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { createArenaActions } from '../../../lib/server/arena/arena-actions.ts';
import { createPages } from '../../../lib/server/pages/pages.ts';
import type { OpenSources } from '../../../lib/start-sources.ts';
import { silentLog } from '../../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { monitorUser, signedIn } from '../../support/monitor-users.ts';
import { readPage } from '../../support/read-page.ts';
import { openRequests, type SpecRedis, startRedis } from '../../support/redis.ts';
import { routesOf } from '../../support/routes.ts';
import { openSourcesOf } from '../../support/sources.ts';
import { until } from '../../support/wait.ts';

const FORM = { 'X-Requested-With': 'XMLHttpRequest' };

/** All addresses of this server that a page leads to, posts to or follows. */
function addressesOn(html: string): string[] {
  const found = html.matchAll(/ (?:href|action|formaction|data-leads-to)="([^"]*)"/gi);
  return [...found].map(([, address = '']) => address).filter((address) => address.startsWith('/'));
}

describe('a monitor of several Redis servers', function () {
  this.timeout(120_000);
  let redis: SpecRedis;
  let open: OpenSources;
  let monitor: SpecMonitor;
  let job: string;
  const prefix = 'several';

  before(async () => {
    redis = await startRedis();
    open = openSourcesOf(`eu=${redis.url},us:read-only=${redis.url}`, { prefix });
    const users = [
      monitorUser('ada', 'operator'),
      monitorUser('otto', `operator:${QUEUE}`),
      monitorUser('vera', 'viewer'),
      monitorUser('eve', 'operator@eu'),
      monitorUser('uma', 'viewer:*:operator@eu:mail'),
      monitorUser('sam', 'viewer@redis+us:mail'),
    ];
    monitor = await openMonitor({ sources: open.sources, users });
    job = await monitor.jobIn('failed');
    const [eu] = open.sources;
    await eu?.parts().producer.addRaw({ type: 'eutype', queue: QUEUE, data: 1, options: { id: 'eujob' } });
    await eu?.parts().producer.addRaw({ type: 'eutype', queue: 'euonly', data: 1, options: {} });
  });

  after(async () => {
    await monitor.close();
    await open.close();
    await redis.stop();
  });

  const as = (name: string): Pick<SpecMonitor, 'fetch'> => ({
    fetch: (path, init) => monitor.fetch(path, { ...init, headers: { ...init?.headers, ...signedIn(name) } }),
  });
  const post = (path: string, name = 'ada', headers = {}): Promise<Response> =>
    as(name).fetch(path, { method: 'POST', headers: { ...FORM, ...headers } });
  const inspectorOf = (at: number) => {
    const source = open.sources[at];
    if (!source) throw new Error('there is none');
    return source.parts().inspector;
  };

  it('shows at each address what is in that server and nothing else', async () => {
    const own = await readPage(as('ada'), `/search?queue=${QUEUE}`);
    const eu = await readPage(as('ada'), `/sources/eu/search?queue=${QUEUE}&state=waiting`);
    const overview = await readPage(as('ada'), '/sources/eu');

    expect(own.html).not.to.include('eujob');
    expect(eu.html).to.include('eujob').and.include('<title>Search · eu · Apiary</title>');
    expect(overview.text).to.include('euonly');
    expect((await readPage(as('ada'), '/')).text).not.to.include('euonly');
    expect((await readPage(as('ada'), `/sources/eu/queues/${QUEUE}/jobs/${job}`)).status).to.equal(404);
    expect((await readPage(as('ada'), `/queues/${QUEUE}/jobs/${job}`)).status).to.equal(200);
  });

  it('leads from each page of a server to others of the same, but by the switch', async () => {
    const pages = ['/', '/search?queue=mail&state=waiting', '/workflows?queue=mail', '/audit', '/runs'];
    pages.push(
      '/queues/mail',
      '/queues/mail/jobs/eujob',
      '/queues/mail/jobs/none',
      '/queues/mail/types/eutype',
    );
    const shared = ['/', '/search', '/workflows', '/audit'].flatMap((path) => [path, `/sources/us${path}`]);

    for (const page of pages) {
      const { html } = await readPage(as('ada'), `/sources/eu${page}`);
      const away = addressesOn(html).filter((address) => !/^\/(sources\/eu\/|assets\/)/.test(address));
      expect(away, page).to.have.length(2);
      expect(shared, page).to.include.members(away);
    }
    const own = await readPage(as('ada'), '/queues/mail');
    const others = addressesOn(own.html).filter((address) => address.startsWith('/sources/'));
    expect(others).to.deep.equal(['/sources/eu/', '/sources/us/']);
  });

  it('leads from the pages of Arena to those of the same server', async () => {
    const arena = await readPage(as('ada'), '/sources/eu/arena/eu/mail/eujob');
    const list = await readPage(as('ada'), '/arena/');

    expect(arena.status).to.equal(200);
    expect(arena.html)
      .to.include('href="/sources/eu/queues/mail/jobs/eujob"')
      .and.include('href="/sources/eu/"');
    expect(arena.html).not.to.include('href="/queues');
    // By the switch alone.
    expect(arena.html.match(/href="\/arena\//g)).to.have.length(1);
    for (const address of ['/arena/redis/mail', '/sources/eu/arena/eu/mail', '/sources/us/arena/us/euonly']) {
      expect(list.html).to.include(`href="${address}"`);
      expect((await readPage(as('ada'), address)).status, address).to.equal(200);
    }
    for (const address of ['/arena/eu/mail', '/sources/eu/arena/redis/mail', '/sources/eu/arena/us/mail'])
      expect((await readPage(as('ada'), address)).status, address).to.equal(404);
  });

  it('makes a change at the server of its address, and notes it in the audit there', async () => {
    const answer = await post('/sources/eu/actions/queues/mail/pause');
    const form = await post('/sources/eu/actions/queues/mail/resume', 'ada', {
      ...{ 'X-Requested-With': '', Origin: monitor.url, 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    const arena = await as('ada').fetch('/sources/eu/arena/api/queue/eu/mail/pause', {
      method: 'PUT',
      headers: FORM,
    });

    expect([answer.status, form.status, arena.status]).to.deep.equal([200, 303, 200]);
    expect(form.headers.get('location')).to.equal('/sources/eu/');
    expect((await inspectorOf(0).queue(QUEUE)).paused?.by).to.equal('ada');
    expect((await monitor.inspector.queue(QUEUE)).paused).to.equal(null);
    const { entries } = await inspectorOf(0).audit.list();
    expect(entries.map(({ action, by }) => [action, by])).to.deep.equal([
      ['pause', 'ada'],
      ['resume', 'ada'],
      ['pause', 'ada'],
    ]);
    expect((await monitor.inspector.audit.list()).entries).to.deep.equal([]);
  });

  it('works on a run at the server where it was asked for', async () => {
    const order = { operation: 'archive', queue: 'euonly', state: 'waiting' };
    const answer = await as('ada').fetch('/sources/eu/actions/runs/one', {
      method: 'POST',
      headers: { Origin: monitor.url },
      body: new URLSearchParams({ order: JSON.stringify(order) }),
    });

    expect([answer.status, answer.headers.get('location')]).to.deep.equal([303, '/sources/eu/runs/one']);
    await until(async () => (await inspectorOf(0).bulkRuns.get('one'))?.endedAt != null, 'it has ended');
    expect((await inspectorOf(0).queue('euonly')).counts.failed).to.equal(1);
    expect(await monitor.inspector.bulkRuns.list()).to.deep.equal([]);
  });

  it('saves a search at the server of its queues', async () => {
    const body = new URLSearchParams({ name: 'mine', queue: QUEUE, state: 'failed' });
    const init = { method: 'POST', headers: FORM, body };
    expect((await as('ada').fetch('/sources/eu/actions/searches', init)).status).to.equal(200);

    expect((await readPage(as('ada'), '/sources/eu/search')).html).to.include('mine');
    expect(await monitor.inspector.savedSearches.list()).to.deep.equal([]);
  });

  it('keeps rights to queues by name in every server', async () => {
    const status = async (path: string, name: string) => (await readPage(as(name), path)).status;

    for (const base of ['', '/sources/eu', '/sources/us']) {
      expect(await status(`${base}/queues/euonly`, 'otto'), base).to.equal(403);
      expect(await status(`${base}/queues/mail`, 'otto'), base).to.equal(200);
      expect((await readPage(as('otto'), `${base}/`)).text).not.to.include('euonly');
      expect((await readPage(as('otto'), `${base}/arena/`)).text).not.to.include('euonly');
      expect((await post(`${base}/actions/queues/euonly/pause`, 'otto')).status, base).to.equal(403);
      expect((await post(`${base}/actions/queues/mail/pause`, 'vera')).status, base).to.equal(403);
    }
    expect((await post('/sources/eu/actions/queues/mail/resume', 'otto')).status).to.equal(200);
  });

  it('keeps who has rights on some servers to those', async () => {
    const status = async (path: string, name: string) => (await readPage(as(name), path)).status;

    expect(await status('/queues/mail', 'eve')).to.equal(403);
    expect(await status('/audit', 'eve')).to.equal(403);
    expect(await status('/arena/', 'eve')).to.equal(403);
    expect(await status('/metrics', 'eve')).to.equal(403);
    expect(await status('/sources/us/', 'eve')).to.equal(404);
    expect(await status('/sources/eu/queues/euonly', 'eve')).to.equal(200);
    expect((await post('/actions/queues/mail/pause', 'eve')).status).to.equal(403);
    expect((await post('/sources/eu/actions/queues/euonly/pause', 'eve')).status).to.equal(200);
    expect((await post('/sources/eu/actions/queues/euonly/resume', 'eve')).status).to.equal(200);
    const first = await as('eve').fetch('/', { redirect: 'manual' });
    expect([first.status, first.headers.get('location')]).to.deep.equal([303, '/sources/eu/']);

    expect(await status('/sources/eu/', 'sam')).to.equal(404);
    for (const base of ['', '/sources/us']) {
      expect(await status(`${base}/queues/mail`, 'sam')).to.equal(200);
      expect(await status(`${base}/queues/euonly`, 'sam')).to.equal(403);
    }
  });

  it('lets an operator of some servers look at the others', async () => {
    expect((await post('/actions/queues/mail/pause', 'uma')).status).to.equal(403);
    expect((await post('/sources/eu/actions/queues/euonly/pause', 'uma')).status).to.equal(403);
    expect((await post('/sources/eu/actions/queues/mail/pause', 'uma')).status).to.equal(200);
    expect((await post('/sources/eu/actions/queues/mail/resume', 'uma')).status).to.equal(200);
    expect((await readPage(as('uma'), '/queues/mail')).html).not.to.match(/method="post"/i);
    expect((await readPage(as('uma'), '/sources/eu/queues/mail')).html).to.match(/method="post"/i);
    expect((await readPage(as('uma'), '/metrics')).status).to.equal(200);
  });

  it('names no server to who may not see it', async () => {
    const names = async (path: string, name: string) => {
      const { html } = await readPage(as(name), path);
      return ['eu', 'us'].filter((one) => html.includes(`/sources/${one}/`));
    };

    expect(await names('/sources/eu/', 'eve')).to.deep.equal(['eu']);
    expect(await names('/sources/eu/arena/', 'eve')).to.deep.equal(['eu']);
    expect(await names('/queues/mail', 'sam')).to.deep.equal(['us']);
    expect(await names('/arena/', 'sam')).to.deep.equal(['us']);
    expect((await readPage(as('sam'), '/arena/')).html).not.to.include('euonly');
    expect((await readPage(as('eve'), '/sources/us/')).text)
      .to.include('there are eu')
      .and.not.include('there are eu, us');
    expect((await readPage(as('eve'), '/')).text).not.to.include('redis (');
  });

  it('asks nobody in who has not signed in, whatever they ask for', async () => {
    for (const path of ['/sources/eu/', '/sources/none/', '/sources/eu/assets/none', '/sources/us/arena/'])
      expect((await monitor.fetch(path)).status, path).to.equal(401);
  });

  it('changes nothing of a read-only server by any route', async () => {
    const { producer } = monitor;
    const deps = { inspector: monitor.inspector, producer, definitions: new Map(), host: 'us' };
    const tools = { ...deps, queues: async () => [], log: silentLog };
    const routes = [
      ...routesOf(createPages({ ...tools, clock: systemClock })).map((route) =>
        /^post \/search/.test(route) ? route : route.replace('post /', 'post /actions/'),
      ),
      ...routesOf(createArenaActions(tools)).map((route) => route.replace(' /', ' /arena/api/')),
    ].filter((route) => !route.startsWith('get '));
    const client = openRequests(redis.url);
    const before = await contentsOf(client);

    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const address = path.replace(':host', 'us').replace(':queue', QUEUE).replace(/:\w+/g, 'eujob');
      const answer = await as('ada').fetch(`/sources/us${address}`, {
        method: method.toUpperCase(),
        headers: FORM,
      });
      expect(answer.status, route).to.equal(403);
      expect(await answer.text(), route).to.include('Redis server us is read-only in this monitor');
    }
    expect(routes.length).to.be.greaterThan(40);
    expect(await contentsOf(client)).to.deep.equal(before);
    await client.quit();
  });

  it('offers no button on the pages of a read-only server', async () => {
    for (const path of ['/', '/queues/mail', '/queues/mail/jobs/eujob', '/search?queue=mail&state=waiting']) {
      const eu = await readPage(as('ada'), `/sources/eu${path}`);
      const us = await readPage(as('ada'), `/sources/us${path}`);
      expect(us.html, path).not.to.match(/method="post"/i);
      expect(us.text, path).to.include('read-only');
      expect(eu.html, path).to.match(/method="post"/i);
    }
    const arena = await readPage(as('ada'), '/sources/us/arena/us/mail');
    expect(arena.html).not.to.include('Add Job').and.not.include('js-pause-queue');
  });

  for (const name of [
    'none',
    '...',
    '__proto__',
    'redis',
    'EU',
    'x'.repeat(5_000),
    '<b>"\u0000',
    'eu%2f..',
  ]) {
    it(`says that there is no server ${JSON.stringify(name.slice(0, 20))}`, async () => {
      const answer = await as('ada').fetch(`/sources/${encodeURIComponent(name)}/`);
      const body: unknown = await answer.json();

      expect(answer.status).to.equal(404);
      expect(body)
        .to.have.property('detail')
        .that.matches(/^there is no Redis server ".{0,80}" here; there are eu, us$/);
    });
  }

  it('follows a page of a server as it changes', async () => {
    const ending = new AbortController();
    const response = await as('ada').fetch('/sources/eu/queues/mail/jobs/eujob', {
      headers: { Accept: 'text/event-stream' },
      signal: ending.signal,
    });
    let told = '';
    for await (const chunk of response.body ?? []) {
      told += new TextDecoder().decode(chunk, { stream: true });
      if (/data: .*\n\n/.test(told)) break;
    }
    ending.abort();

    expect(told).to.include('eujob').and.include('action=\\"/sources/eu/actions/queues/mail/');
  });

  it('says of a server that hangs which it is, and not where', async () => {
    const hanging = redis;
    hanging.pause();
    try {
      const { status, text } = await readPage(as('ada'), '/sources/eu/queues/mail');
      expect(status).to.equal(503);
      expect(text).to.match(/Redis server eu (is not available|cannot be reached): [A-Z_]+/);
      expect(text).not.to.include('127.0.0.1').and.not.include('redis://');
      expect((await readPage(as('ada'), '/queues/mail')).status).to.equal(200);
      expect((await readPage(as('ada'), '/arena/')).text).not.to.include('127.0.0.1');
    } finally {
      hanging.resume();
    }
    await until(async () => (await readPage(as('ada'), '/sources/eu/')).status === 200, 'it goes on');
  });

  it('shows that a server is away, and serves all others meanwhile', async () => {
    await redis.kill();
    await until(async () => (await readPage(as('ada'), '/sources/eu/')).status === 503, 'it is away');

    for (const path of ['/', '/queues/mail', '/sources/us/queues/mail', '/sources/eu/arena/']) {
      const { status, text } = await readPage(as('ada'), path);
      expect(status, path).to.equal(path.startsWith('/sources') ? 503 : 200);
      if (status === 503) expect(text).to.match(/Redis server (eu|us) cannot be reached: [A-Z_]+/);
    }
    const arena = await readPage(as('ada'), '/arena/');
    expect(arena.html).to.include('href="/arena/redis/mail"');
    expect(arena.text).to.include('Redis server eu cannot be reached');
    expect((await post('/actions/queues/mail/pause')).status).to.equal(200);
    expect((await post('/sources/eu/actions/queues/mail/pause')).status).to.equal(503);
    expect((await post('/sources/us/actions/queues/mail/pause')).status).to.equal(403);
    for (const path of ['/healthz', '/readyz'])
      expect((await monitor.fetch(path)).status, path).to.equal(200);

    await redis.restart();
    await until(async () => (await readPage(as('ada'), '/sources/eu/')).status === 200, 'it is back');
    expect((await readPage(as('ada'), '/sources/eu/queues/mail/jobs/eujob')).status).to.equal(200);
  });
});

describe('a monitor of one Redis server', () => {
  it('has no switch, and no addresses of others', async () => {
    const monitor = await openMonitor();
    const [overview, arena] = await Promise.all(['/', '/arena/'].map((path) => readPage(monitor, path)));
    const none = await readPage(monitor, '/sources/eu/');
    await monitor.close();

    expect(overview?.html).to.include('<title>Overview · Apiary</title>').and.not.include('class="sources"');
    expect(arena?.html).not.to.include('class="sources"');
    expect([none.status, none.text]).to.satisfy(
      ([status, text]: [number, string]) => status === 404 && text.includes('there is no such page'),
    );
  });
});

/** All that is in a Redis, but for what worker-less pages count by themselves. */
async function contentsOf(client: ReturnType<typeof openRequests>): Promise<unknown> {
  const keys = (await client.keys('*')).sort();
  return Promise.all(keys.map(async (key) => [key, (await client.dumpBuffer(key))?.toString('base64')]));
}

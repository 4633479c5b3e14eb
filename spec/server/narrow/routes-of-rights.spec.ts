import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { createArenaActions } from '../../../lib/server/arena/arena-actions.ts';
import { createPages } from '../../../lib/server/pages/pages.ts';
import { silentLog } from '../../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { monitorUser, signedIn } from '../../support/monitor-users.ts';
import { routesOf } from '../../support/routes.ts';
import { contentsOfVault, type FilledVault, fillVault, OF_VAULT, VAULT } from '../../support/vault.ts';

/** Every route of our pages and of Arena's buttons, with the addresses by which it is asked for the other queue. */
const TRIED: Readonly<Record<string, (vault: FilledVault) => readonly string[]>> = {
  'get /': () => ['/', `/?queue=${VAULT}`],
  'get /queues/:queue': () => [`/queues/${VAULT}`, `/QUEUES/${VAULT}/`, `/queues/${encoded(VAULT)}?span=day`],
  'get /queues/:queue/types/:type': () => [`/queues/${VAULT}/types/vaultplain`],
  'get /queues/:queue/jobs/:id': ({ failed, waiting, chained, batched, stepped }) => [
    ...[failed, waiting, 'none'].map((id) => `/queues/${VAULT}/jobs/${id}`),
    // What is tied to the other queue.
    ...[chained, batched, ...stepped].map((id) => `/queues/${QUEUE}/jobs/${id}`),
  ],
  'get /queues/:queue/failures/:id': () => [`/queues/${VAULT}/failures/0123456789abcdef`],
  'get /queues/:queue/workflows/:id': () => [
    `/queues/${VAULT}/workflows/vaultflow`,
    `/queues/${QUEUE}/workflows/bothflow`,
  ],
  'get /workers/:worker': () => ['/workers/both', '/workers/vaultworker', '/workers/vaultworker-host'],
  'get /workflows': () => ['/workflows', `/workflows?queue=${VAULT}`, `/workflows?queue=${QUEUE}`],
  'get /search': ({ failed }) => [
    '/search',
    `/search?id=${failed}`,
    '/search?id=chained',
    `/search?queue=${VAULT}&state=failed`,
    `/search?queue=${VAULT}&id=${failed}`,
  ],
  'get /search/export': ({ failed }) => [
    `/search/export?id=${failed}`,
    '/search/export?id=chained',
    `/search/export?queue=${QUEUE}&state=waiting`,
    `/search/export?queue=${VAULT}&state=failed`,
  ],
  'post /search/change': () => ['/search/change'],
  'get /runs': () => ['/runs'],
  'get /runs/:id': () => ['/runs/vaultrun', '/runs/vaultchosen', '/runs/mixed'],
  'get /audit': () => ['/audit', `/audit?queue=${VAULT}`, '/audit?by=vaultactor'],
  'get /audit/export': () => ['/audit/export', `/audit/export?queue=${VAULT}`, '/audit/export?by=vaultactor'],
  'post /runs/:id': () => ['/actions/runs/new'],
  'post /runs/:id/stop': () => [
    '/actions/runs/vaultrun/stop',
    '/actions/runs/vaultchosen/stop',
    '/actions/runs/mixed/stop',
  ],
  'post /searches': () => ['/actions/searches'],
  'post /searches/remove': () => ['/actions/searches/remove'],
  'post /queues/:queue/pause': () => [
    `/actions/queues/${VAULT}/pause`,
    `/ACTIONS/QUEUES/${encoded(VAULT)}/pause`,
  ],
  'post /queues/:queue/resume': () => [`/actions/queues/${VAULT}/resume`],
  ...onEach('schedules/:id', ['pause', 'resume', 'fire'], 'vaultschedule'),
  ...onEach(
    'jobs/:id',
    ['retry', 'promote', 'cancel', 'archive', 'rerun', 'remove', 'setPriority'],
    'vaultfailed',
  ),
  'post /queues/:queue/jobs/:id/signals/:signal': () => [
    `/actions/queues/${VAULT}/jobs/vaultdelayed/signals/go`,
  ],
  'post /workers/:id/pause': () => ['/actions/workers/both/pause', '/actions/workers/vaultworker/pause'],
  'post /workers/:id/resume': () => ['/actions/workers/vaultworker-host/resume'],
  ...onEach('workflows/:id', ['retry', 'cancel'], 'bothflow', [QUEUE, VAULT]),
  ...onEach('workflows/:id/steps/:step', ['rerun'], 'bothflow/steps/step', [QUEUE, VAULT]),
  ...onEach('failures/:id', ['retry', 'mark', 'ignore', 'resolve', 'reopen'], '0123456789abcdef'),
};

/** The server below which every address is tried: the monitor's own, and a further one that has the same in it. */
const BASES = [
  { base: '', host: 'redis' },
  { base: '/sources/eu', host: 'eu' },
] as const;

const ARENA_PAGES = [
  '/arena/',
  `/arena/redis/${VAULT}`,
  `/ARENA/redis/${encoded(VAULT)}/`,
  ...['waiting', 'delayed', 'failed', 'completed', 'active', 'succeeded'].flatMap((state) => [
    `/arena/redis/${VAULT}/${state}`,
    `/arena/redis/${VAULT}/${state}.json`,
    `/arena/redis/${VAULT}/${state}?json=true`,
  ]),
  `/arena/redis/${VAULT}/vaultfailed`,
  `/arena/redis/${VAULT}/vaultfailed?json=true`,
  `/arena/redis/${QUEUE}`,
  ...['chained'].flatMap((id) => [`/arena/redis/${QUEUE}/${id}`, `/arena/redis/${QUEUE}/${id}?json=true`]),
  `/arena/redis/${QUEUE}/waiting.json`,
];

function encoded(text: string): string {
  return [...text].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('');
}

function onEach(
  path: string,
  names: readonly string[],
  id: string,
  queues = [VAULT],
): Record<string, () => readonly string[]> {
  const base = path.replace(/^(\w+)\/.*/, '$1');
  return Object.fromEntries(
    names.map((name) => [
      `post /queues/:queue/${path}/${name}`,
      () => queues.map((queue) => `/actions/queues/${queue}/${base}/${id}/${name}`),
    ]),
  );
}

/** What was fetched says nothing of the other queue but what it was asked for. */
function expectNothing(body: string, asked: string): void {
  const said = new Set(decodeURIComponent(asked).match(OF_VAULT));
  expect(
    (body.match(OF_VAULT) ?? []).filter((word) => !said.has(word)),
    `of ${asked}`,
  ).to.deep.equal([]);
}

for (const { base, host } of BASES)
  describe(`a user who has a right to another queue, at ${base || 'the own server'}`, () => {
    let monitor: SpecMonitor;
    let vault: FilledVault;

    before(async () => {
      const users = [
        monitorUser('otto', `operator:${QUEUE}`),
        monitorUser('vera', `viewer:${QUEUE}`),
        monitorUser('lena', `viewer:*:operator:${QUEUE}`),
        monitorUser('ada', 'operator'),
      ];
      monitor = await openMonitor({ users, mirror: 'eu' });
      vault = await fillVault(monitor);
    });

    after(() => monitor.close());

    /** The address at the server that is tried. */
    const at = (path: string): string => base + path.replace(/^(\/arena\/)redis(?=\/)/i, `$1${host}`);
    const get = async (path: string, name = 'otto', headers: Record<string, string> = {}) => {
      const response = await monitor.fetch(at(path), {
        headers: { Accept: 'text/html', ...headers, ...signedIn(name) },
      });
      return { status: response.status, body: await response.text() };
    };
    const post = async (path: string, form: Record<string, string> = {}, name = 'otto', method = 'POST') => {
      const headers = { 'X-Requested-With': 'XMLHttpRequest', ...signedIn(name) };
      const body = new URLSearchParams(form);
      const response = await monitor.fetch(at(path), { method, headers, body });
      return { status: response.status, body: await response.text() };
    };
    const firstEvent = async (path: string, name: string): Promise<string> => {
      const ending = new AbortController();
      const headers = { Accept: 'text/event-stream', ...signedIn(name) };
      const response = await monitor.fetch(at(path), { headers, signal: ending.signal });
      let told = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        told += decoder.decode(chunk, { stream: true });
        if (/data: .*\n\n/.test(told)) break;
      }
      ending.abort();
      return told;
    };
    const routes = (): string[] => {
      const { inspector, producer } = monitor;
      const deps = { inspector, producer, definitions: new Map(), queues: async () => [], host: 'redis' };
      return routesOf(createPages({ ...deps, log: silentLog, clock: systemClock }));
    };
    const addressesOf = (method: string): string[] =>
      Object.entries(TRIED).flatMap(([route, addresses]) =>
        route.startsWith(method) ? addresses(vault) : [],
      );

    it('is tried on every route that there is', () => {
      expect(routes().sort()).to.deep.equal(Object.keys(TRIED).sort());
    });

    it('is a spec that would see what is told: who may see all does', async () => {
      for (const path of [
        '/',
        `/queues/${VAULT}/jobs/vaultfailed`,
        '/runs',
        '/audit',
        '/arena/',
        '/search',
      ]) {
        const { status, body } = await get(path, 'ada');
        expect(status, path).to.equal(200);
        expect(body, path).to.include('vault');
      }
    });

    for (const name of ['otto', 'vera']) {
      it(`gets nothing of the first by any page (${name})`, async () => {
        for (const path of [...addressesOf('get'), ...ARENA_PAGES]) {
          const { status, body } = await get(path, name);
          expectNothing(body, path);
          for (const id of vault.secret) expect(body, path).not.to.include(id);
          if (new URL(path, monitor.url).pathname.includes(VAULT)) expect(status, path).to.equal(403);
          expect(status, path).to.be.below(500);
        }
        expect((await get('/metrics', name)).status).to.equal(base === '' ? 403 : 404);
      });

      it(`sees that the other queue takes slots of a worker, and nothing more (${name})`, async () => {
        const { status, body } = await get('/workers/both', name);

        expect(status).to.equal(200);
        expect(body).to.include('a job of another queue');
        expect(body).not.to.match(/77,?00/);
        expect((await get('/workers/vaultworker', name)).status).to.equal(404);
      });

      it(`gets nothing of it by a page that is followed (${name})`, async () => {
        const paths = ['/', '/runs', '/audit', `/queues/${QUEUE}/jobs/chained`, `/queues/${VAULT}`];
        const told = await Promise.all(paths.map((path) => firstEvent(path, name)));
        for (const [at, path] of paths.entries()) expectNothing(told[at] ?? '', path);
      });
    }

    for (const name of ['otto', 'vera', 'lena']) {
      it(`changes nothing of it (${name})`, async () => {
        const before = await contentsOfVault(monitor);
        const order = { operation: 'remove', queue: VAULT, state: 'failed' };
        const orders: object[] = [
          order,
          { ...order, queue: QUEUE, ids: [[VAULT, 'vaultfailed']] },
          {
            ...order,
            queue: QUEUE,
            ids: [
              [QUEUE, 'chained'],
              [[VAULT], 'vaultfailed'],
            ],
          },
          { ...order, queue: [VAULT] },
        ];
        const forms = [
          {},
          ...orders.map((one) => ({ order: JSON.stringify(one) })),
          { operation: 'remove', which: 'all', queue: VAULT, state: 'failed' },
          { operation: 'remove', job: JSON.stringify([VAULT, 'vaultfailed']), queue: QUEUE, state: 'failed' },
          { name: 'vaultsearch', queue: QUEUE, state: 'failed' },
          { name: 'mine', queue: VAULT, state: 'failed' },
          { name: 'vaultidsearch' },
        ];
        for (const path of addressesOf('post')) {
          for (const form of forms) {
            const { status, body } = await post(path, form, name);
            if (name !== 'lena') expectNothing(body, path + JSON.stringify(form));
            expect(status, `${path} ${JSON.stringify(form)}`).to.be.within(303, 499);
          }
        }
        expect(await contentsOfVault(monitor)).to.deep.equal(before);
        const { inspector } = monitor;
        const runs = await inspector.bulkRuns.list();
        expect(runs.map(({ id, stoppedBy }) => [id, stoppedBy])).to.have.deep.members([
          ['vaultrun', null],
          ['vaultchosen', null],
          ['mixed', null],
        ]);
        const searches = await inspector.savedSearches.list();
        expect(searches.map(({ name, by }) => [name, by])).to.deep.equal([
          ['vaultidsearch', 'vaultsaver'],
          ['vaultsearch', 'vaultsaver'],
        ]);
      });

      it(`changes nothing of it by the buttons of Arena (${name})`, async () => {
        const { inspector, producer } = monitor;
        const deps = { inspector, producer, definitions: new Map(), queues: async () => [], host: 'redis' };
        const before = await contentsOfVault(monitor);
        for (const route of routesOf(createArenaActions({ ...deps, log: silentLog }))) {
          const [method = '', path = ''] = route.split(' ');
          const address = `${base}/arena/api${path.replace(':host', host).replace(':queue', VAULT).replace(':id', 'vaultfailed')}`;
          const response = await monitor.fetch(address, {
            method: method.toUpperCase(),
            headers: {
              'X-Requested-With': 'XMLHttpRequest',
              'Content-Type': 'application/json',
              ...signedIn(name),
            },
            body: JSON.stringify({
              name: 'vaultplain',
              data: 1,
              jobs: ['vaultfailed'],
              queueState: 'failed',
            }),
          });
          expect(response.status, route).to.equal(403);
        }
        expect(await contentsOfVault(monitor)).to.deep.equal(before);
      });
    }

    it('sees and does in its own what its role is for', async () => {
      const page = `/queues/${QUEUE}/jobs/${vault.mail}`;
      const buttons = async (name: string): Promise<boolean> =>
        (await get(page, name)).body.includes(`/actions${page}/cancel`);
      expect(await Promise.all(['ada', 'otto', 'lena', 'vera'].map(buttons))).to.deep.equal([
        true,
        true,
        true,
        false,
      ]);
      expect((await post(`/actions${page}/cancel`, {}, 'vera')).status).to.equal(403);
      expect((await post(`/actions${page}/cancel`, {}, 'otto')).status).to.equal(200);
      expect((await post(`/actions/queues/${QUEUE}/pause`, {}, 'lena')).status).to.equal(200);
      expect((await post(`/actions/queues/${QUEUE}/resume`, {}, 'otto')).status).to.equal(200);
      const overview = (await get('/', 'lena')).body;
      expect(overview).to.include(`/actions/queues/${QUEUE}/pause`);
      expect(overview).to.include(`>${VAULT}<`).and.not.include(`/actions/queues/${VAULT}/`);
      expect((await get('/audit', 'otto')).body)
        .to.include('otto')
        .and.include('lena');
    });

    it('starts and stops runs, and saves searches, of its own queue', async () => {
      const order = { operation: 'retry', queue: QUEUE, state: 'failed', dryRun: true };
      const started = await post('/actions/runs/own', { order: JSON.stringify(order) });
      expect(started.status, started.body).to.equal(200);
      expect((await get('/runs')).body).to.include('/runs/own');
      expect(
        (await post('/actions/searches', { name: 'mine', queue: QUEUE, state: 'failed' })).status,
      ).to.equal(200);
      expect((await get('/search')).body).to.include('mine');
      expect((await post('/actions/searches/remove', { name: 'mine' })).status).to.equal(200);
      expect((await get(`/search?queue=${QUEUE}&state=waiting`)).body).to.include('chained');
    });
  });

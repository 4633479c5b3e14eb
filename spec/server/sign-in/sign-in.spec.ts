import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { MonitorSessions } from '../../../lib/inspector/monitor-sessions.ts';
import { parseRole } from '../../../lib/monitor-rights.ts';
import { closeClient, type RedisClient } from '../../../lib/redis/connect.ts';
import type { SignInSettings } from '../../../lib/server/sign-in/sign-in.ts';
import { BrowserVisit } from '../../support/browser-visit.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { monitorUser, signedIn } from '../../support/monitor-users.ts';
import { type SpecProcess, startProgram } from '../../support/process.ts';
import { openRequests } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const SECRET = 'a-secret-of-the-specs';
const roles = Object.entries({ ops: 'operator', mail: `operator:${QUEUE}`, all: 'viewer' }).map(
  ([name, text]) => ({ name, role: 'viewer' as const, ...parseRole(text) }),
);

type Changing = { -readonly [Name in keyof SignInSettings]: SignInSettings[Name] };

describe('signing in by a provider', () => {
  let monitor: SpecMonitor;
  let settings: Changing;
  let nowMs: number;
  let client: RedisClient;
  let prefix: string;

  beforeEach(async () => {
    nowMs = Date.now();
    prefix = `spec-${randomUUID()}`;
    settings = {
      ...{ issuer: 'http://127.0.0.1:1', clientId: 'apiary', clientSecret: SECRET, redirectUrl: '' },
      ...{ scope: 'openid profile', roleClaim: 'groups', roles, idleMs: 60_000, longestMs: 600_000 },
    };
    const clock = { ...systemClock, now: () => nowMs };
    const users = [monitorUser('ada', 'operator')];
    client = openRequests();
    const sessions = new MonitorSessions({ client, prefix });
    const signIn = { settings, sessions, clock };
    monitor = await openMonitor({ users, signIn });
    settings.redirectUrl = `${monitor.url}/sign-in/callback`;
  });

  afterEach(async () => {
    await monitor.close();
    await closeClient(client);
  });

  describe('with a provider that is there', () => {
    let provider: SpecProcess;

    beforeEach(async () => {
      provider = await startProgram('spec/support/identity-process.ts', {}, [settings.redirectUrl]);
      settings.issuer = await provider.waitForLine(/^http:/);
    });

    afterEach(() => provider.stop());

    const begin = async (browser: BrowserVisit, path = '/audit?by=ada'): Promise<Response> => {
      const page = await browser.ask(monitor.url + path);
      expect(page.status).to.equal(401);
      const link = /id="sign-in" href="([^"]*)"/.exec(await page.text())?.[1] ?? '';
      return browser.follow(monitor.url + link.replaceAll('&amp;', '&'));
    };
    const signIn = async (login: string, path?: string): Promise<BrowserVisit> => {
      const browser = new BrowserVisit();
      await browser.signInAs(await begin(browser, path), login);
      return browser;
    };
    const pageOf = async (browser: BrowserVisit, path = '/'): Promise<{ status: number; html: string }> => {
      const response = await browser.ask(monitor.url + path);
      return { status: response.status, html: await response.text() };
    };

    it('lets in who has a role, where they wanted to go, and nobody without', async () => {
      const browser = await signIn('grace+ops');

      expect(browser.seen.at(-1)).to.equal(`${monitor.url}/audit?by=ada`);
      expect((await pageOf(browser)).html)
        .to.match(/Signed in as <strong>grace<\/strong>/)
        .and.include('/sign-out');
      const stranger = await signIn('eve+nobody');
      expect((await pageOf(stranger)).status).to.equal(401);
      expect((await pageOf(new BrowserVisit())).status).to.equal(401);
    });

    it('calls nobody by a name that does not show, or shows as another', async () => {
      for (const [login, shown] of [
        ['\u200b+ops', '+ops'],
        ['ada +ops', 'ada (ada +ops)'],
      ] as const) {
        expect((await pageOf(await signIn(login))).html, login).to.include(`<strong>${shown}</strong>`);
      }
    });

    it('gives each the role of the groups, per queue', async () => {
      await monitor.producer.addRaw({ type: 't', queue: 'shop', data: 1, options: {} });
      const [own, viewer] = [await signIn('otto+mail'), await signIn('vera+all')];

      expect((await pageOf(own)).html)
        .to.include(`/actions/queues/${QUEUE}/pause`)
        .and.not.include('shop');
      expect((await pageOf(own, '/queues/shop')).status).to.equal(403);
      expect((await pageOf(viewer)).html)
        .to.include('shop')
        .and.not.include('/pause');
    });

    it('sets cookies that no script reads and no other site sends, and for https alone where that is', async () => {
      const browser = await signIn('grace+ops');
      const session = browser.setCookies.find((line) => line.startsWith('apiary-session=')) ?? '';

      expect(session).to.match(/; Path=\/; HttpOnly; SameSite=Lax$/);
      settings.redirectUrl = 'https://jobs.example.com/sign-in/callback';
      const { headers } = await fetch(`${monitor.url}/sign-in`, { redirect: 'manual' });
      expect(headers.getSetCookie()[0]).to.match(
        /^__Host-apiary-sign-in=.*; HttpOnly; Secure; SameSite=Lax$/,
      );
      expect(headers.get('location')).to.include('code_challenge_method=S256').and.include('nonce=');
    });

    it('ends a session by a sign-out, everywhere if wanted, and refuses one that another site asks for', async () => {
      const [one, two, other] = [
        await signIn('grace+ops'),
        await signIn('grace+ops'),
        await signIn('hal+ops'),
      ];
      const post = (
        browser: BrowserVisit,
        path: string,
        headers: Record<string, string> = { Origin: monitor.url },
      ) => browser.ask(monitor.url + path, { method: 'POST', headers });
      const stolen = new Map(one.cookies);

      expect((await post(one, '/sign-out', { Origin: 'http://evil.example' })).status).to.equal(403);
      expect((await pageOf(one)).status).to.equal(200);
      expect((await post(one, '/sign-out')).status).to.equal(303);
      for (const [name, value] of stolen) one.cookies.set(name, value);
      expect((await pageOf(one)).status, 'the same cookie').to.equal(401);
      const three = await signIn('grace+ops');
      expect((await post(three, '/sign-out/everywhere')).status).to.equal(303);
      expect([(await pageOf(two)).status, (await pageOf(other)).status]).to.deep.equal([401, 200]);
    });

    it('ends a session at its time, and that of somebody whose group has no role any more', async () => {
      const browser = await signIn('grace+ops');
      nowMs += settings.longestMs - 1;
      expect((await pageOf(browser)).status).to.equal(200);
      nowMs += 1;
      expect((await pageOf(browser)).status).to.equal(401);

      const other = await signIn('grace+ops');
      settings.roles = roles.filter(({ name }) => name !== 'ops');
      expect((await pageOf(other)).status).to.equal(401);
      settings.roles = roles;
      settings.idleMs = 1;
      const idle = await signIn('grace+ops');
      await until(async () => (await pageOf(idle)).status === 401, 'a session that is not used has ended');
    });

    it('refuses a callback that is replayed, forged, of another browser, or too old', async () => {
      const browser = new BrowserVisit();
      const page = await begin(browser);
      const kept = new Map(browser.cookies);
      const back = await browser.signInAs(page, 'grace+ops', settings.redirectUrl);
      const callback = back.headers.get('location') ?? '';
      expect(callback).to.include('code=');
      const tryAs = async (cookies: Map<string, string>, url: string): Promise<number> => {
        const other = new BrowserVisit();
        for (const [name, value] of cookies) other.cookies.set(name, value);
        return (await other.ask(url)).status;
      };

      expect(await tryAs(new Map(), callback), 'another browser').to.equal(403);
      expect(await tryAs(new Map([['apiary-sign-in', 'x'.repeat(300)]]), callback), 'forged').to.equal(403);
      expect(await tryAs(kept, callback.replace(/state=[^&]*/, 'state=other')), 'another state').to.equal(
        403,
      );
      expect(await tryAs(kept, `${settings.redirectUrl}?state=`), 'no state').to.equal(403);
      nowMs += 600_001;
      expect(await tryAs(kept, callback), 'too old').to.equal(403);
      nowMs -= 600_001;
      const wrong = callback.replace(/iss=[^&]*/, 'iss=http%3A%2F%2Fevil.example');
      expect(await tryAs(kept, wrong), 'another issuer').to.be.within(403, 503);
      expect(await tryAs(kept, callback), 'the right one').to.equal(303);
      expect(await tryAs(kept, callback), 'replayed').to.equal(403);
    });

    it('lets users of the settings in beside, by their passwords', async () => {
      const headers = signedIn('ada');
      expect((await monitor.fetch('/', { headers })).status).to.equal(200);
      expect((await monitor.fetch('/', { headers: signedIn('eve') })).status).to.equal(401);
      const asked = await monitor.fetch('/sign-in-by-password');
      expect([asked.status, asked.headers.get('www-authenticate')]).to.deep.equal([
        401,
        'Basic realm="Apiary", charset="UTF-8"',
      ]);
      expect((await monitor.fetch('/sign-in-by-password', { headers })).headers.get('location')).to.equal(
        '/',
      );
      expect((await monitor.fetch('/metrics')).headers.get('www-authenticate')).to.include('Basic');
    });

    it('leads nowhere else', async () => {
      for (const to of [
        '//evil.example',
        '/\\evil.example',
        'http://evil.example',
        '/%0a/x//',
        '/\t/evil.example',
        '/a/..//evil.example',
      ]) {
        const browser = new BrowserVisit();
        const page = await browser.follow(`${monitor.url}/sign-in?${new URLSearchParams({ to })}`);
        await browser.signInAs(page, 'grace+ops');
        expect(new URL(browser.seen.at(-1) ?? '').origin, to).to.equal(monitor.url);
      }
    }).timeout(60_000);

    it('keeps nothing of sign-ins that are begun, however many', async () => {
      const before = await client.keys(`${prefix}*`);
      for (let round = 0; round < 20; round++) {
        const all = Array.from({ length: 100 }, () => monitor.fetch('/sign-in'));
        for (const response of await Promise.all(all)) expect(response.status).to.equal(303);
      }
      expect(await client.keys(`${prefix}*`)).to.deep.equal(before);
    }).timeout(120_000);
  });

  it('takes no cookie that it did not make', async () => {
    for (const forged of ['', 'x', 'a'.repeat(5_000), '*', '../x', '%00', '"]', 'null']) {
      const headers = { Accept: 'text/html', Cookie: `apiary-session=${forged}; other=1` };
      expect((await monitor.fetch('/', { headers })).status, forged).to.equal(401);
    }
  });

  describe('with a provider that', () => {
    let server: Server;

    const answering = async (listener: RequestListener): Promise<void> => {
      server = createServer(listener);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      settings.issuer = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    };
    const started = async (): Promise<{ status: number; text: string }> => {
      const response = await monitor.fetch('/sign-in', { headers: { Accept: 'text/html' } });
      return { status: response.status, text: await response.text() };
    };

    afterEach(async () => {
      server?.closeAllConnections();
      if (server?.listening) await new Promise((resolve) => server.close(resolve));
    });

    for (const [what, listener] of [
      ['answers garbage', (_req, res) => res.end('<html>')],
      ['answers errors', (_req, res) => res.writeHead(500).end()],
      ['leads elsewhere', (_req, res) => res.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()],
      [
        'says that it is another',
        (_req, res) => {
          res.setHeader('Content-Type', 'application/json');
          res.end(
            JSON.stringify({
              issuer: 'http://evil.example',
              authorization_endpoint: 'http://evil.example/a',
            }),
          );
        },
      ],
      [
        'answers without end',
        (_req, res) => {
          res.setHeader('Content-Type', 'application/json');
          const more = (): boolean => res.destroyed || !res.write(' '.repeat(65_536)) || more();
          res.on('drain', more);
          more();
        },
      ],
      ['never answers', () => undefined],
    ] as [string, RequestListener][]) {
      it(`${what} tells so on a page, and asks anew later`, async () => {
        await answering(listener);

        const { status, text } = await started();

        expect(status).to.equal(503);
        expect(text).to.include('nobody can sign in by the provider now').and.not.include('evil');
        expect((await monitor.fetch('/', { headers: signedIn('ada') })).status).to.equal(200);
      }).timeout(60_000);
    }

    it('is away at first is asked again', async () => {
      expect((await started()).status).to.equal(503);
      const provider = await startProgram('spec/support/identity-process.ts', {}, [settings.redirectUrl]);
      settings.issuer = await provider.waitForLine(/^http:/);
      try {
        await until(async () => (await started()).status !== 503, 'the provider is asked again');
      } finally {
        await provider.stop();
      }
    });
  });
});

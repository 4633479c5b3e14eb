import { scryptSync } from 'node:crypto';
import { expect } from 'chai';
import { createPasswordCheck, type MonitorUser } from '../../../lib/server/monitor/password-check.ts';
import {
  hashPassword,
  parsePasswordHash,
  verifyPassword,
} from '../../../lib/server/monitor/password-hash.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

const basic = (name: string, password: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

describe('the monitor', () => {
  let monitor: SpecMonitor;

  afterEach(() => monitor.close());

  describe('without users', () => {
    beforeEach(async () => {
      monitor = await openMonitor();
    });

    it('has the overview at its root', async () => {
      const response = await monitor.fetch('/');

      expect(response.status).to.equal(200);
      expect(await response.text()).to.include('<title>Overview · Apiary</title>');
    });

    it('answers 404 for a page it does not have: a problem to a program, a page to a browser', async () => {
      const [program, browser] = await Promise.all([
        monitor.fetch('/nowhere'),
        monitor.fetch('/nowhere', { headers: { Accept: 'text/html,*/*;q=0.8' } }),
      ]);

      expect([program, browser].map(({ status }) => status)).to.deep.equal([404, 404]);
      expect(program.headers.get('content-type')).to.match(/^application\/problem\+json/);
      expect(browser.headers.get('content-type')).to.match(/^text\/html/);
      expect(await browser.text()).to.include('there is no such page');
    });

    it('answers 400 for an address that cannot be decoded', async () => {
      expect((await monitor.fetch('/arena/redis/%E0%A4%A')).status).to.equal(400);
    });

    it('does not tell what it is made with', async () => {
      for (const path of ['/', '/arena/', '/arena/dashboard.js']) {
        expect((await monitor.fetch(path)).headers.has('x-powered-by'), path).to.equal(false);
      }
    });

    it('tells its metrics', async () => {
      const response = await monitor.fetch('/metrics');

      expect(response.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
      expect(await response.text()).to.include(`apiary_queue_jobs{queue="${QUEUE}",state="waiting"} 0`);
    });

    it('counts the jobs added on the page', async () => {
      await monitor.send('POST', `/arena/api/queue/redis/${QUEUE}/job`, { name: 'x', data: {} });

      const text = await (await monitor.fetch('/metrics')).text();

      expect(text).to.include(`apiary_jobs_added_total{queue="${QUEUE}",type="x"} 1`);
    });
  });

  describe('with users', () => {
    let users: MonitorUser[];

    before(async () => {
      users = [
        { name: 'vera', passwordHash: await hashPassword('look:only'), role: 'viewer' },
        { name: 'otto', passwordHash: await hashPassword('stéering'), role: 'operator' },
      ];
    });

    beforeEach(async () => {
      monitor = await openMonitor({ users });
    });

    const pause = (headers: Record<string, string>) =>
      monitor.fetch(`/arena/api/queue/redis/${QUEUE}/pause`, {
        method: 'PUT',
        headers: { ...headers, 'X-Requested-With': 'XMLHttpRequest' },
      });

    it('answers health to everybody and nothing else', async () => {
      const paths = [
        '/healthz',
        '/readyz',
        '/readyz/worker',
        '/',
        '/metrics',
        '/arena/',
        '/arena/dashboard.js',
        '/nowhere',
      ];

      const answers = await Promise.all(paths.map((path) => monitor.fetch(path)));

      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 404, 401, 401, 401, 401, 401]);
      expect(answers[3]?.headers.get('www-authenticate')).to.match(/^Basic realm=/);
    });

    it('refuses a wrong password, an unknown name and what is no Basic at all', async () => {
      const wrong = [
        basic('otto', 'wrong'),
        basic('nobody', 'stéering'),
        basic('', ''),
        { Authorization: 'Bearer x' },
        { Authorization: 'Basic !' },
        { Authorization: `Basic ${Buffer.from('otto').toString('base64')}` },
      ];

      for (const headers of wrong) {
        expect((await monitor.fetch('/metrics', { headers })).status, headers.Authorization).to.equal(401);
      }
    });

    it('lets a viewer look and change nothing', async () => {
      const viewer = basic('vera', 'look:only');

      expect((await monitor.fetch('/arena/', { headers: viewer })).status).to.equal(200);
      expect((await pause(viewer)).status).to.equal(403);
      expect((await monitor.inspector.queue(QUEUE)).paused).to.equal(null);
    });

    it('lets an operator steer, in the name of that operator', async () => {
      expect((await pause(basic('otto', 'stéering'))).status).to.equal(200);

      expect((await monitor.inspector.queue(QUEUE)).paused?.by).to.equal('otto');
    });

    it('keeps with a job that an operator adds who it was, and with a copy too', async () => {
      const headers = {
        ...basic('otto', 'stéering'),
        'X-Requested-With': 'XMLHttpRequest',
        'Content-Type': 'application/json',
      };
      const done = await monitor.jobIn('succeeded');
      const path = `/arena/api/queue/redis/${QUEUE}/job`;

      const added = await monitor.fetch(path, { method: 'POST', headers, body: '{"name":"x","data":1}' });
      const copied = await monitor.fetch(`${path}/${done}`, { method: 'PATCH', headers });

      expect([added.status, copied.status]).to.deep.equal([200, 200]);
      const { jobs } = await monitor.inspector.jobs(QUEUE, { state: 'waiting' });
      expect(jobs.map(({ addedBy }) => addedBy)).to.deep.equal(['otto', 'otto']);
    });

    it('still refuses an operator whose request comes from another site', async () => {
      const headers = { ...basic('otto', 'stéering'), 'Sec-Fetch-Site': 'cross-site' };

      expect((await pause(headers)).status).to.equal(403);
    });

    it('checks a password once for all requests that bring it', async () => {
      const headers = basic('otto', 'stéering');

      const answers = await Promise.all(
        Array.from({ length: 30 }, () => monitor.fetch('/arena/dashboard.js', { headers })),
      );

      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    });

    for (const name of ['otto', 'nobody']) {
      it(`turns guesses for ${name} away when there are too many at once`, async () => {
        const answers = await Promise.all(
          Array.from({ length: 30 }, (_, at) => monitor.fetch('/', { headers: basic(name, `guess ${at}`) })),
        );

        const statuses = answers.map(({ status }) => status);
        expect(statuses).to.include.members([401, 503]).and.not.include(200);
      });
    }
  });
});

describe('password hashes', () => {
  it('belong to one password', async () => {
    const hash = parsePasswordHash(await hashPassword('secret'));

    expect(hash && (await verifyPassword('secret', hash))).to.equal(true);
    expect(hash && (await verifyPassword('Secret', hash))).to.equal(false);
  });

  it('are written as other programs make them', async () => {
    const key = scryptSync('password', 'NaCl-NaCl-NaCl', 32, { N: 16_384, r: 8, p: 1 });
    const salt = Buffer.from('NaCl-NaCl-NaCl').toString('base64url');
    const hash = parsePasswordHash(`scrypt$16384$8$1$${salt}$${key.toString('base64url')}`);

    expect(hash && (await verifyPassword('password', hash))).to.equal(true);
  });

  for (const text of [
    '',
    'plain',
    'scrypt$20000$8$1$c2FsdHNhbHQx$a2V5a2V5a2V5a2V5a2V5a2V5',
    'scrypt$2$1$1$c2FsdHNhbHQx$a2V5a2V5a2V5a2V5a2V5a2V5',
    'scrypt$8192$8$1$c2FsdHNhbHQx$a2V5a2V5a2V5a2V5a2V5a2V5',
    'scrypt$1024$99$16$c2FsdHNhbHQx$a2V5a2V5a2V5a2V5a2V5a2V5',
    'scrypt$16384$8$17$c2FsdHNhbHQx$a2V5a2V5a2V5a2V5a2V5a2V5',
    'scrypt$1048576$99$1$c2FsdHNhbHQx$a2V5a2V5a2V5a2V5a2V5a2V5',
    'scrypt$16384$8$1$short$a2V5a2V5a2V5a2V5a2V5a2V5',
    'scrypt$16384$0$1$c2FsdHNhbHQx$a2V5a2V5a2V5a2V5a2V5a2V5',
  ]) {
    it(`are not ${text || 'empty'}, and the start fails by the user's name without it`, () => {
      const start = () => createPasswordCheck(() => [{ name: 'otto', passwordHash: text, role: 'viewer' }]);

      expect(start).to.throw(/otto/).with.property('code', 'CONFIG_INVALID');
      if (text) expect(start).not.to.throw(text);
    });
  }
});

import { expect } from 'chai';
import { openMonitor, QUEUE, type SpecMonitor } from '../support/monitor.ts';

const OWN = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
};
const ARENA = {
  ...OWN,
  'script-src': "'self' 'nonce-?'",
  'style-src': "'self' 'unsafe-inline'",
  'worker-src': 'blob:',
  'font-src': "'self'",
  'form-action': "'none'",
};

describe('the headers of the monitor', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });

  afterEach(() => monitor.close());

  async function policyOf(path: string): Promise<Record<string, string>> {
    const policy = (await monitor.fetch(path)).headers.get('content-security-policy') ?? '';
    const directives = policy.split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(' ');
      return [name, values.join(' ').replace(/'nonce-[\w+/]{22}=='/, "'nonce-?'")];
    });
    return Object.fromEntries(directives);
  }

  for (const path of ['/', '/queues/mail/jobs/1', '/search', '/audit', '/metrics', '/readyz', '/nowhere']) {
    it(`let ${path} load from here alone, nothing inline, and be framed by nobody`, async () => {
      expect(await policyOf(path)).to.deep.equal(OWN);
    });
  }

  for (const path of ['/arena/', `/arena/redis/${QUEUE}`, '/arena/nowhere/at/all']) {
    it(`let ${path} have the inline scripts of its nonce and the styles of its editor besides`, async () => {
      expect(await policyOf(path)).to.deep.equal(ARENA);
    });
  }

  it('give each answer a nonce of its own, that of its page', async () => {
    const answers = [await monitor.fetch('/arena/'), await monitor.fetch('/arena/')];
    const nonces = answers.map(
      ({ headers }) => /nonce-([^']+)/.exec(headers.get('content-security-policy') ?? '')?.[1],
    );

    expect(nonces[0]).not.to.equal(nonces[1]);
    // As templates write it; a browser reads the nonce itself.
    const written = nonces[0]?.replaceAll('=', '&#x3D;');
    expect(await answers[0]?.text()).to.include(`<script nonce="${written}">`);
  });

  for (const path of ['/', '/assets/frame.css', '/arena/', '/arena/dashboard.js', '/metrics', '/nowhere']) {
    it(`keep ${path} to this site`, async () => {
      const { headers } = await monitor.fetch(path);

      expect(Object.fromEntries(headers)).to.include({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    });
  }

  for (const path of ['/', '/arena/', `/arena/redis/${QUEUE}/waiting`, '/metrics', '/healthz', '/nowhere']) {
    it(`let nobody store ${path}`, async () => {
      expect((await monitor.fetch(path)).headers.get('cache-control')).to.equal('no-store');
    });
  }

  for (const path of ['/assets/frame.css', '/arena/dashboard.js']) {
    it(`let ${path}, which holds no data, be stored`, async () => {
      expect((await monitor.fetch(path)).headers.get('cache-control')).to.equal('public, max-age=3600');
    });
  }
});

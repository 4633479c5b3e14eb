import { request } from 'node:http';
import { expect } from 'chai';
import { digestSecret } from '../../lib/server/api/bearer.ts';
import { hashPassword } from '../../lib/server/monitor/password-hash.ts';
import { startApi } from '../support/api.ts';
import { openMonitor } from '../support/monitor.ts';

/** A server under test, and who is let in where it asks for credentials. */
interface Server {
  base: string;
  close(): Promise<void>;
}

type Open = (allowedHosts?: readonly string[]) => Promise<Server>;

/** What a server answers that is asked by another name than it listens on, as under DNS rebinding. */
function statusFor(url: string, host: string, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    request(
      url,
      { method, headers: { host, ...CREDENTIALS, 'x-requested-with': 'XMLHttpRequest' } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    )
      .once('error', reject)
      .end();
  });
}

const CREDENTIALS = { authorization: `Basic ${Buffer.from('ada:a password of ada').toString('base64')}` };
const LOCAL = [
  'localhost',
  'localhost:8081',
  'localhost.',
  'LOCALHOST',
  'shop.localhost:1',
  '127.0.0.1',
  '10.1.2.3:80',
  '[::1]:80',
];
const OTHERS = [
  'evil.example',
  'localhost.evil.example:8081',
  '127.0.0.1.evil.example',
  'evil.example@127.0.0.1',
  '127.0.0.1/evil.example',
  'notlocalhost',
  'a b',
];

describe('requireKnownHost', () => {
  let users: { name: string; passwordHash: string; role: 'operator' }[];

  before(async () => {
    users = [{ name: 'ada', passwordHash: await hashPassword('a password of ada'), role: 'operator' }];
  });

  const monitorOf =
    (isAsking: boolean): Open =>
    async (allowedHosts = []) => {
      const { url, close } = await openMonitor({ allowedHosts, users: isAsking ? users : [] });
      return { base: url, close };
    };
  const apiOf =
    (isAsking: boolean): Open =>
    async (allowedHosts = []) => {
      const keys = isAsking ? [{ name: 'shop', digest: digestSecret('a secret of the shop') }] : [];
      const { origin, close } = await startApi({ allowedHosts, keys });
      return { base: origin, close };
    };

  for (const [name, path, open, passed] of [
    ['a monitor that asks nobody', '/', monitorOf(false), 200],
    ['a monitor with users', '/', monitorOf(true), 200],
    ['an api that asks nobody', '/v1/queues', apiOf(false), 200],
    // Refused by the check that comes after, for credentials of another kind.
    ['an api with keys', '/v1/queues', apiOf(true), 401],
  ] as const) {
    const using = async (allowed: readonly string[], use: (base: string) => Promise<void>): Promise<void> => {
      const server = await open(allowed);
      await use(server.base).finally(() => server.close());
    };

    it(`lets ${name} be reached as localhost and by addresses, and by no other name`, () =>
      using([], async (base) => {
        for (const host of LOCAL) expect(await statusFor(base + path, host), host).to.equal(passed);
        for (const host of OTHERS) expect(await statusFor(base + path, host), host).to.be.oneOf([400, 403]);
        expect(await statusFor(`${base}/healthz`, 'evil.example')).to.equal(200);
      }));

    it(`lets ${name} be reached by the names that are allowed, whatever their case and port`, () =>
      using(['api', 'Jobs.Example', '*.cluster.local'], async (base) => {
        for (const host of ['api:8080', 'API', 'jobs.example', 'api.shop.svc.cluster.local:80', 'localhost'])
          expect(await statusFor(base + path, host), host).to.equal(passed);
        for (const host of ['api.example', 'x.jobs.example', 'cluster.local', 'xcluster.local'])
          expect(await statusFor(base + path, host), host).to.equal(403);
      }));

    it(`lets ${name} be reached by any name where that is said outright`, () =>
      using(['*'], async (base) => {
        expect(await statusFor(base + path, 'evil.example')).to.equal(passed);
      }));
  }
});

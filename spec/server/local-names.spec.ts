import { request } from 'node:http';
import { expect } from 'chai';
import { startApi } from '../support/api.ts';
import { openMonitor } from '../support/monitor.ts';

/** What a server answers that is asked by another name than it listens on, as under DNS rebinding. */
function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });
}

const LOCAL = [
  'localhost',
  'localhost:8081',
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
  'notlocalhost',
  'a b',
];

describe('servers that ask nobody for a name', () => {
  for (const { name, path, open } of [
    { name: 'monitor', path: '/', open: async () => openMonitor({ onlyLocalNames: true }) },
    { name: 'api', path: '/v1/queues', open: async () => startApi({ onlyLocalNames: true }) },
  ]) {
    it(`are reached as localhost and by addresses, and by no other name: ${name}`, async () => {
      const server = await open();
      const base = 'url' in server ? server.url : server.origin;
      try {
        for (const host of LOCAL) expect(await statusFor(base + path, host), host).to.equal(200);
        for (const host of OTHERS) expect(await statusFor(base + path, host), host).to.be.oneOf([400, 403]);
        expect(await statusFor(`${base}/healthz`, 'evil.example')).to.equal(200);
      } finally {
        await server.close();
      }
    });
  }

  it('are reached by any name where users are asked for, or nobody on purpose', async () => {
    const monitor = await openMonitor();
    expect(await statusFor(monitor.url, 'monitor.example')).to.equal(200);
    await monitor.close();
  });
});

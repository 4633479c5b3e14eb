import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import { type Listener, listen } from '../../lib/server/listen.ts';
import { requireOwnPages } from '../../lib/server/own-pages.ts';
import { sendProblem } from '../../lib/server/problem.ts';

const AJAX = { 'x-requested-with': 'XMLHttpRequest' };
const HOST = { host: 'jobs.example' };

const CASES: readonly [what: string, headers: Record<string, string>, passes: boolean][] = [
  ['a browser says it comes from here', { 'sec-fetch-site': 'same-origin' }, true],
  ['a browser says it comes from another origin of the site', { 'sec-fetch-site': 'same-site' }, false],
  ['a browser says it comes from another site', { 'sec-fetch-site': 'cross-site' }, false],
  ['a browser says somebody typed it', { 'sec-fetch-site': 'none' }, false],
  ['a browser says what nobody knows', { 'sec-fetch-site': 'x' }, false],
  [
    'another site, with all else right',
    { 'sec-fetch-site': 'cross-site', origin: 'http://jobs.example', ...AJAX },
    false,
  ],
  ['nothing is said', {}, false],
  ['a program', AJAX, true],
  ['a program in small letters', { 'x-requested-with': 'xmlhttprequest' }, true],
  ['a program that says another word', { 'x-requested-with': 'fetch' }, false],
  ['a script of a page of ours', { origin: 'http://jobs.example', ...AJAX }, true],
  ['a script of another host', { origin: 'http://evil.example', ...AJAX }, false],
  ['a script of another port', { origin: 'http://jobs.example:81', ...AJAX }, false],
  ['a script of a page without an origin', { origin: 'null', ...AJAX }, false],
  ['a form of ours', { origin: 'http://jobs.example' }, true],
  ['a form of ours behind a proxy that speaks HTTPS', { origin: 'https://jobs.example' }, true],
  [
    'a form of ours, the port of its scheme said',
    { origin: 'http://jobs.example', host: 'jobs.example:80' },
    true,
  ],
  ['a form of ours on a port', { origin: 'http://jobs.example:8081', host: 'jobs.example:8081' }, true],
  ['a form of ours on IPv6', { origin: 'http://[2001:db8::1]:8081', host: '[2001:db8::1]:8081' }, true],
  ['a form of a host that begins alike', { origin: 'http://jobs.example.evil.example' }, false],
  ['a form of a file', { origin: 'file://jobs.example' }, false],
  ['a form without an origin', { origin: 'null' }, false],
  ['an origin that is none', { origin: 'jobs.example' }, false],
  [
    'a form of the host that the proxy was asked for, not passed on',
    { origin: 'http://jobs.example', host: '127.0.0.1:8081', 'x-forwarded-host': 'jobs.example' },
    false,
  ],
];

/** What passes besides where programs need no mark. */
const PROGRAMS = ['nothing is said', 'a program that says another word'];

for (const programs of ['marked', 'any'] as const) {
  describe(`requireOwnPages, of programs ${programs}`, () => {
    let listener: Listener;

    before(async () => {
      const handler = express().disable('x-powered-by');
      handler.use(requireOwnPages({ programs, answer: (_req, res, problem) => sendProblem(res, problem) }));
      handler.use((_req, res) => void res.end());
      listener = await listen({ handler, role: 'api', host: '127.0.0.1', port: 0, variable: 'API_PORT' });
    });

    after(() => listener.close(0));

    async function statusOf(method: string, headers: Record<string, string>): Promise<number | undefined> {
      // Not fetch, which sets some of these by itself.
      const asked = request({ port: listener.port, method, headers: { ...HOST, ...headers } });
      asked.end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    }

    for (const [what, headers, isOwn] of CASES) {
      const passes = isOwn || (programs === 'any' && PROGRAMS.includes(what));

      it(`${passes ? 'lets a change pass' : 'refuses a change'} when it is ${what}`, async () => {
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
          expect(await statusOf(method, headers), method).to.equal(passes ? 200 : 403);
      });

      it(`lets a look pass when it is ${what}`, async () => {
        for (const method of ['GET', 'HEAD']) expect(await statusOf(method, headers), method).to.equal(200);
      });
    }
  });
}

import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { launchBrowser } from '../../support/browser.ts';

/** Names of this machine that the browser does not take for it: there it says less of where a request comes from. */
const [OWN, FOREIGN] = ['api.example', 'evil.example'];

describe('the API and a page of another site in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | null;
  let api: SpecApi;
  let queue: string;
  let id: string;

  before(async function () {
    browser = await launchBrowser([
      '--host-resolver-rules=MAP *.example 127.0.0.1',
      // Newer browsers ask before a page from the internet reaches this machine; the older ones do not.
      '--disable-features=LocalNetworkAccessChecks',
    ]);
    if (!browser) this.skip();
  });

  after(() => browser?.close());

  beforeEach(async () => {
    // As compose has it: nobody is asked who they are.
    api = await startApi({ allowedHosts: [OWN] });
    queue = testQueueName();
    const added = await api.call('POST', '/v1/jobs', {
      body: { type: 'other', data: {}, options: { queue, id: 'kept' } },
    });
    id = String(added.body['id']);
  });

  afterEach(() => api.close());

  /** Opens a page and has it try every change, by every way that needs no leave from the API. */
  async function attack(page: string, target: string): Promise<number[]> {
    const opened = await browser?.newPage();
    try {
      // An attacker's server has given its page before its name leads here.
      await opened?.route(page, (asked) =>
        asked.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
      );
      await opened?.goto(page);
      const job = JSON.stringify({ type: 'other', data: {}, options: { queue } });
      return (
        (await opened?.evaluate(
          async ([base = '', name = '', body = '', jobId = '']) => {
            const statuses: number[] = [];
            const jobs = `${base}/v1/queues/${name}/jobs/${jobId}`;
            for (const [method, url, type] of [
              ['POST', `${base}/v1/queues/${name}/pause`, null],
              ['DELETE', jobs, null],
              ['POST', `${jobs}/cancel`, null],
              ['POST', `${base}/v1/jobs`, 'application/json'],
              ['POST', `${base}/v1/jobs`, 'text/plain'],
            ] as const) {
              for (const mode of ['cors', 'no-cors'] as const) {
                const headers: Record<string, string> = type === null ? {} : { 'Content-Type': type };
                const init = { method, mode, headers, ...(type !== null && { body }) };
                const answer = await fetch(url, init).catch(() => null);
                statuses.push(answer?.status ?? 0);
              }
            }
            return statuses;
          },
          [target, queue, job, id],
        )) ?? []
      );
    } finally {
      await opened?.close();
    }
  }

  const portOf = (): string => new URL(api.origin).port;

  for (const [what, pageHost, targetHost] of [
    ['of another name on an API that has a name', FOREIGN, OWN],
    ['of another port of the same name', OWN, OWN],
    ['of another name on an API of its own machine', FOREIGN, '127.0.0.1'],
    ['of another port of its own machine', '127.0.0.1', '127.0.0.1'],
  ] as const) {
    it(`lets a page ${what} change nothing`, async () => {
      await attack(`http://${pageHost}:8999/`, `http://${targetHost}:${portOf()}`);

      const { counts, paused } = await api.inspector.queue(queue);
      expect([paused, counts.waiting]).to.deep.equal([null, 1]);
    });
  }

  it('lets a page whose own name was made to lead here change and read nothing', async () => {
    const page = `http://${FOREIGN}:${portOf()}`;

    const statuses = await attack(`${page}/`, page);

    const { counts, paused } = await api.inspector.queue(queue);
    expect([paused, counts.waiting]).to.deep.equal([null, 1]);
    // Without CORS a browser sends no DELETE at all.
    expect(new Set(statuses)).to.deep.equal(new Set([0, 403]));
  });
});

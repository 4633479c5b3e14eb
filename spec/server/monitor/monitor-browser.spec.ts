import { expect } from 'chai';
import type { Browser, Page, Request } from 'playwright-core';
import { type Listener, listen } from '../../../lib/server/listen.ts';
import { launchBrowser } from '../../support/browser.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

/** Names of this machine that the browser does not take for it: there it says less of where a request comes from. */
const [OWN, FOREIGN] = ['jobs.example', 'evil.example'];
const PAUSE = `/actions/queues/${QUEUE}/pause`;

describe('the monitor in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | null;
  let monitor: SpecMonitor;
  let foreign: Listener;
  let page: Page;

  before(async function () {
    browser = await launchBrowser(['--host-resolver-rules=MAP *.example 127.0.0.1']);
    if (!browser) this.skip();
  });

  after(() => browser?.close());

  beforeEach(async () => {
    monitor = await openMonitor({ allowedHosts: [OWN] });
    foreign = await listen({
      handler: (_request, response) => {
        const form = `<form method="post" action="${urlOf(OWN)}${PAUSE}"><button>win</button></form>`;
        response.setHeader('Content-Type', 'text/html').end(`<!doctype html>${form}`);
      },
      role: 'foreign',
      host: '127.0.0.1',
      port: 0,
      variable: 'PORT',
    });
  });

  afterEach(async () => {
    await page?.close();
    await foreign.close(0);
    await monitor.close();
  });

  const urlOf = (host: string): string => `http://${host}:${new URL(monitor.url).port}`;
  const isPaused = async (): Promise<boolean> => (await monitor.inspector.queue(QUEUE)).paused !== null;

  async function open(url: string, options: { javaScriptEnabled?: boolean } = {}): Promise<void> {
    if (!browser) return;
    page = await browser.newPage(options);
    await page.goto(url);
  }

  /** Presses a button; resolves with the headers of the change that the browser asks for, and with its answer. */
  async function press(button: string): Promise<{ headers: Record<string, string>; status: number }> {
    const isChange = (request: Request): boolean => request.method() === 'POST';
    const [request] = await Promise.all([page.waitForEvent('request', isChange), page.click(button)]);
    const status = (await request.response())?.status() ?? 0;
    return { headers: await request.allHeaders(), status };
  }

  const OWN_BUTTON = `form[action="${PAUSE}"] button`;

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'by its script' : 'by a plain form';

    it(`takes a change ${how} where the browser says that it comes from here`, async () => {
      await open(monitor.url, { javaScriptEnabled });

      const { headers, status } = await press(OWN_BUTTON);

      expect(headers['sec-fetch-site']).to.equal('same-origin');
      expect(status).to.equal(javaScriptEnabled ? 200 : 303);
      expect(await isPaused()).to.equal(true);
    });

    it(`takes a change ${how} where the browser says nothing but the origin`, async () => {
      await open(urlOf(OWN), { javaScriptEnabled });

      const { headers, status } = await press(OWN_BUTTON);

      expect(headers).to.not.have.property('sec-fetch-site');
      expect(headers['origin']).to.equal(urlOf(OWN));
      expect(status).to.equal(javaScriptEnabled ? 200 : 303);
      expect(await isPaused()).to.equal(true);
    });
  }

  it('leads a plain form back to its page', async () => {
    await open(urlOf(OWN), { javaScriptEnabled: false });

    await press(OWN_BUTTON);
    await page.waitForURL(`${urlOf(OWN)}/`);
  });

  for (const host of [FOREIGN, '127.0.0.1']) {
    it(`refuses the form of another site, on ${host}`, async () => {
      await open(`http://${host}:${foreign.port}/`);

      const { status } = await press('button');

      expect(status).to.equal(403);
      expect(await isPaused()).to.equal(false);
    });
  }

  it('runs no script and takes no style that stands in a page', async () => {
    await open(monitor.url);
    const refused: string[] = [];
    page.on('console', (message) => void refused.push(message.text()));

    const color = await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.wasRun = true';
      const style = document.createElement('style');
      style.textContent = 'body { color: rgb(1, 2, 3) !important }';
      document.body.append(script, style);
      document.body.insertAdjacentHTML('beforeend', '<img src="/nowhere.png" onerror="window.wasRun = true">');
      getComputedStyle(document.body).color`);

    expect(await page.evaluate('window.wasRun')).to.equal(undefined);
    expect(color).not.to.equal('rgb(1, 2, 3)');
    expect(refused.join('\n')).to.include('script-src').and.to.include('style-src');
  });

  it('is framed by nobody', async () => {
    await open(`http://127.0.0.1:${foreign.port}/`);
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));

    await page.evaluate(`
      const frame = document.createElement('iframe');
      frame.src = ${JSON.stringify(monitor.url)};
      document.body.append(frame)`);

    expect((await refused).type()).to.equal('error');
  });
});

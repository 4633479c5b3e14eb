import { expect } from 'chai';
import express from 'express';
import { systemClock } from '../../../../lib/clock.ts';
import { type Listener, listen } from '../../../../lib/server/listen.ts';
import { LivePages } from '../../../../lib/server/pages/live/live-pages.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { until } from '../../../support/wait.ts';

/** Reads a stream of events until it has so much in it; then it leaves. */
async function readUntil(url: string, isEnough: (text: string) => boolean): Promise<string> {
  const leaving = new AbortController();
  const answer = await fetch(url, { headers: { Accept: 'text/event-stream' }, signal: leaving.signal });
  let text = '';
  const decoder = new TextDecoder();
  if (answer.body === null) throw new Error(`${url} has no body`);
  for await (const part of answer.body) {
    text += decoder.decode(part, { stream: true });
    if (isEnough(text)) break;
  }
  leaving.abort();
  return text;
}

describe('following pages', () => {
  const MOST = 3;
  let closing: AbortController;
  let live: LivePages;
  let server: Listener;
  let looks: string[];

  beforeEach(async () => {
    looks = [];
    closing = new AbortController();
    live = new LivePages({ clock: systemClock, closing: closing.signal, most: MOST, restMs: 1 });
    const app = express();
    app.use((req, res, next) => {
      res.locals['canChange'] = req.get('x-role') !== 'viewer';
      res.locals['user'] = req.get('x-user');
      next();
    });
    app.use((req, res) =>
      live.follow(req, res, async () => {
        looks.push(`${req.path} ${res.locals['canChange']}`);
        return { at: looks.length, body: req.path, foot: '.' };
      }),
    );
    app.use(((error, _req, res, _next) =>
      res.status(error.code === 'TOO_MANY_HELD' ? 429 : 500).end()) as express.ErrorRequestHandler);
    server = await listen({ handler: app, role: 'monitor', host: '127.0.0.1', port: 0, variable: 'X' });
  });
  afterEach(() => server.close(0));

  const open = async (path: string, headers: Record<string, string> = {}) => {
    const leaving = new AbortController();
    const url = `http://127.0.0.1:${server.port}${path}`;
    const answer = await fetch(url, {
      headers: { Accept: 'text/event-stream', ...headers },
      signal: leaving.signal,
    });
    return { answer, leave: () => leaving.abort() };
  };

  it('shares what those see who may see the same, whoever they are', async () => {
    const all = [
      await open('/a', { 'x-user': 'ada' }),
      await open('/a', { 'x-user': 'bob' }),
      await open('/a', { 'x-user': 'vera', 'x-role': 'viewer' }),
    ];

    expect(live.size).to.equal(2);
    await until(() => looks.includes('/a true') && looks.includes('/a false'), 'both were read');
    for (const { leave } of all) leave();
    await until(() => live.size === 0, 'nobody follows');
    const before = looks.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks.length - before).to.be.at.most(1);
  });

  it('refuses one too many, and has a place again when one leaves', async () => {
    const all = await Promise.all(['/a', '/b', '/c'].map((path) => open(path)));

    expect((await open('/d')).answer.status).to.equal(429);
    all[0]?.leave();
    await until(() => live.size === 2, 'one has left');
    const late = await open('/d');

    expect(late.answer.status).to.equal(200);
    for (const { leave } of [...all, late]) leave();
  });

  it('ends all when the server closes', async () => {
    const { answer } = await open('/a');

    closing.abort();

    expect(await answer.text()).to.include('retry: ');
    expect(live.size).to.equal(0);
  });

  it('answers a HEAD and holds nothing', async () => {
    const url = `http://127.0.0.1:${server.port}/a`;
    const answer = await fetch(url, { method: 'HEAD', headers: { Accept: 'text/event-stream' } });

    expect(answer.headers.get('content-type')).to.include('text/event-stream');
    await until(() => live.size === 0, 'nobody follows');
    expect(looks).to.deep.equal([]);
  });
});

describe('following a page of the monitor', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  it('sends what it shows, at its own address', async () => {
    const id = await monitor.jobIn('failed');
    const path = `/queues/${QUEUE}/jobs/${id}`;

    const text = await readUntil(monitor.url + path, (sent) => sent.includes('}\n\n'));

    const { html } = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}');
    expect(html).to.include('id="job"').and.include('id="freshness"').and.include(id);
    const whole = await (await monitor.fetch(path, { headers: { Accept: 'text/html' } })).text();
    expect(whole).to.include('<!doctype html>');
  });

  it('says of what is gone that it is', async () => {
    const text = await readUntil(`${monitor.url}/queues/${QUEUE}/jobs/none`, (sent) =>
      sent.includes('event: stale'),
    );

    expect(text).to.include('it is not there any more');
  });
}).timeout(60_000);

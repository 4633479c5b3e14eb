import { expect } from 'chai';
import { queueKeys } from '../../../../lib/engine/keys.ts';
import { hashPassword } from '../../../../lib/server/monitor/password-hash.ts';
import { keepAttempts } from '../../../support/kept-times.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { type ReadPage, readPage } from '../../../support/read-page.ts';

const HOSTILE = '"><script>attack()</script>';

describe('the page of a queue', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const show = (path = `/queues/${QUEUE}`): Promise<ReadPage> => readPage(monitor, path);

  it('says how it stands, what holds it back, and how near that is', async () => {
    await monitor.jobIn('failed');
    await monitor.jobsIn('waiting', 3);
    await monitor.inspector.limits.set(QUEUE, { concurrency: 50, maxWaiting: 12 }, 'ada');
    await monitor.inspector.pause(QUEUE, 'bob');

    const { status, html, text } = await show();
    const { groups } = await monitor.inspector.failures.groups(QUEUE);

    expect(status).to.equal(200);
    expect(html).to.include(`href="/queues/${QUEUE}/failures/${groups[0]?.fingerprint}"`);
    expect(html).to.include(`<title>Queue ${QUEUE} · Apiary</title>`);
    for (const part of [
      ...['3 waiting', '1 failed', 'paused by bob', '50 at a time; 12 may wait; set by ada'],
      ...['Run of those that may 0 of 50, 0 %', 'Wait of those that may 3 of 12, 25 %'],
      ...['Of the newest 3 jobs of 3 that wait', 'None has ended in this time', 'set APP_VERSION'],
    ])
      expect(text.replaceAll(' ,', ','), part).to.include(part);
  });

  it('says how long jobs took and how they ended, by type and version', async () => {
    await keepAttempts(
      monitor,
      QUEUE,
      [
        ['quick', {}],
        ['quick', { id: 'q2' }],
        ['slow', { id: 's1', durationMs: 90_000, as: 'failed' }],
      ],
      'v7',
    );

    const { html, text } = await show();

    expect(text).to.match(/Run each attempt 3 2\d(\.\d)? ms 1 min \d+ s 1 min \d+ s/);
    expect(text)
      .to.match(/quick 2 0 0 0 %/)
      .and.match(/slow 0 0 1 100 %/);
    expect(text).to.match(/v7 2 0 1 33\.3 %/);
    expect(html.indexOf('>s1<')).to.be.within(0, html.indexOf('>q2<'));
    expect(html).to.include(`href="/queues/${QUEUE}/types/slow"`);
    expect([...html.matchAll(/<svg class="chart heat"/g)]).to.have.length(3);
    expect(text).to.include('Waiting as a table');
  });

  for (const [span, first] of [
    ['hour', /^\d\d:\d\d$/],
    ['day', /^\d\d-\d\d \d\d:\d\d$/],
    ['90days', /^\d{4}-\d\d-\d\d$/],
  ] as const) {
    it(`looks back over ${span}, and links to the others`, async () => {
      await keepAttempts(monitor, QUEUE, [['a', {}]]);

      const { html } = await show(`/queues/${QUEUE}?span=${span}`);

      const [, slot = ''] = /id="slots-duration".*?<th scope="row">([^<]*)</s.exec(html) ?? [];
      expect(slot).to.match(first);
      expect([...html.matchAll(/aria-current="page"/g)]).to.have.length(1);
    });
  }

  it('refuses a span that there is not', async () => {
    const { status, text } = await show(`/queues/${QUEUE}?span=week`);

    expect(status).to.equal(422);
    expect(text).to.include('span must be one of hour, day, 90days');
  });

  it('says of a queue that is not there that there is none', async () => {
    const { status, text } = await show(`/queues/${encodeURIComponent(HOSTILE)}`);

    expect(status).to.equal(404);
    expect(text).to.include(`There is no queue ${HOSTILE}`);
  });

  it('shows names as they are, whatever they are', async () => {
    const { client, prefix } = monitor;
    const keys = queueKeys(prefix, HOSTILE, false);
    await client.hset(
      keys.jobs,
      HOSTILE,
      JSON.stringify({ data: 1, options: { timestamp: 1, type: HOSTILE, key: HOSTILE } }),
    );
    await client.lpush(keys.waiting, HOSTILE);
    await keepAttempts(monitor, HOSTILE, [['<b>type</b>', { id: HOSTILE }]], HOSTILE);

    for (const path of [
      '',
      `/types/${encodeURIComponent('<b>type</b>')}`,
      `/types/${encodeURIComponent(HOSTILE)}`,
    ]) {
      const { status, html, text } = await show(`/queues/${encodeURIComponent(HOSTILE)}${path}`);
      expect(status, path).to.equal(200);
      expect(html, path).not.to.include('<script>attack').and.not.to.include('<b>');
      expect(text, path).to.include(HOSTILE);
    }
  });

  it('shows no button to who may only look', async () => {
    const passwordHash = await hashPassword('secret');
    const guarded = await openMonitor({ users: [{ name: 'vi', passwordHash, role: 'viewer' }] });
    try {
      const headers = { Accept: 'text/html', Authorization: `Basic ${btoa('vi:secret')}` };
      const html = await (await guarded.fetch(`/queues/${QUEUE}`, { headers })).text();
      expect(html).to.include('read-only').and.not.to.include('<form method="post"');
    } finally {
      await guarded.close();
    }
    expect((await show()).html).to.include(`action="/actions/queues/${QUEUE}/pause"`);
  });

  it('names the key that is of another type', async () => {
    const { times } = queueKeys(monitor.prefix, QUEUE, false);
    await monitor.client.set(times, 'x');

    const { status } = await show();

    expect(status).to.be.within(500, 599);
  });
});

describe('the page of a job type', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const show = (type: string): Promise<ReadPage> => readPage(monitor, `/queues/${QUEUE}/types/${type}`);

  it('tells of it alone', async () => {
    const id = await monitor.jobIn('waiting');
    await keepAttempts(
      monitor,
      QUEUE,
      [
        ['email.send', {}],
        ['other', { id: 'not-of-it', as: 'failed' }],
      ],
      'v7',
    );

    const { html, text } = await show('email.send');

    expect(text).to.include('email.send A job type in queue mail');
    expect(text).to.match(/v7 1 0 0 0 %/);
    expect(html).to.include(`/queues/${QUEUE}/jobs/${id}`).and.not.to.include('not-of-it');
    expect(html).to.include(`href="/queues/${QUEUE}"`);
  });

  it('says of one that is counted together with others that it is', async () => {
    const { status, text } = await show('unheard');

    expect(status).to.equal(200);
    expect(text).to.include('That is not kept of this type by itself');
  });
});

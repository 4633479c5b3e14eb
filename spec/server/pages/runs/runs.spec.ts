import { expect } from 'chai';
import type { BulkRunInfo } from '../../../../lib/inspector/inspector.ts';
import { hashPassword } from '../../../../lib/server/monitor/password-hash.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { pageText } from '../../../support/page-text.ts';
import { readPage } from '../../../support/read-page.ts';
import { until } from '../../../support/wait.ts';

const ATTACK = '"><script>alert(1)</script>';
const HEADERS = { Accept: 'text/html', 'X-Requested-With': 'XMLHttpRequest' };

describe('the pages of runs', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });

  afterEach(() => monitor.close());

  type Form = Record<string, string | readonly string[]>;
  interface Answer {
    status: number;
    html: string;
    text: string;
    location: string | null;
  }
  /** As a browser of old posts a form, which the marker in the headers stands for here. */
  const post = async (path: string, form: Form, headers: Record<string, string> = {}): Promise<Answer> => {
    const body = new URLSearchParams(
      Object.entries(form).flatMap(([name, value]) =>
        [value].flat().map((one): [string, string] => [name, one]),
      ),
    );
    const origin = { Accept: 'text/html', Origin: monitor.url, ...headers };
    const response = await monitor.fetch(path, { method: 'POST', headers: origin, body });
    const html = await response.text();
    return {
      status: response.status,
      html,
      text: pageText(html),
      location: response.headers.get('location'),
    };
  };
  const confirm = (form: Form): Promise<Answer> =>
    post('/search/change', { queue: QUEUE, state: 'failed', operation: 'retry', which: 'all', ...form });
  /** The forms of a page that begin runs, each with where it posts to and what. */
  const runForms = (html: string): { action: string; order: string }[] =>
    [
      ...html.matchAll(
        /action="(\/actions\/runs\/[^"]+)"[^>]*><input type="hidden" name="order" value="([^"]*)"/g,
      ),
    ].map(([, action = '', order = '']) => ({ action, order: order.replaceAll('&quot;', '"') }));
  const ended = async (): Promise<BulkRunInfo> => {
    const newest = async (): Promise<BulkRunInfo | undefined> => (await monitor.inspector.bulkRuns.list())[0];
    await until(async () => ((await newest())?.endedAt ?? null) !== null, 'the run has ended');
    const run = await newest();
    if (run === undefined) throw new Error('there is no run');
    return run;
  };

  it('count first, change then, and tell of it', async () => {
    await monitor.jobsIn('failed', 3);

    const page = await confirm({});
    const [form] = runForms(page.html);
    expect(page.status).to.equal(200);
    expect(page.text).to.include('Retry failed jobs of queue mail?').and.include('This is about 3 jobs.');
    expect((await monitor.inspector.queue(QUEUE)).counts.failed).to.equal(3);

    const pressed = await post(form?.action ?? '', { order: form?.order ?? '' });
    const again = await post(form?.action ?? '', { order: form?.order ?? '' });
    expect([pressed.status, again.status]).to.deep.equal([303, 303]);
    expect(pressed.location)
      .to.equal(again.location)
      .and.match(/^\/runs\//);

    expect(await ended()).to.include({ done: 3, matched: 3 });
    expect(await monitor.inspector.bulkRuns.list()).to.have.length(1);
    const run = await readPage(monitor, pressed.location ?? '');
    expect(run.text).to.include('3 of 3 jobs were retried.').and.include('Looked at 3 of 3 jobs.');
    expect((await readPage(monitor, '/runs')).text).to.include('Retry failed jobs of queue mail done');
    const audit = await readPage(monitor, '/audit');
    expect(audit.text).to.include('start run').and.include('retry failed jobs of queue mail');
    expect(audit.text).to.include('end run').and.include('retry: done to 3 of 3 jobs');
    expect(audit.html).to.include(`href="${pressed.location}"`);
  });

  it('change what is ticked', async () => {
    const [one, two] = [await monitor.jobIn('failed'), await monitor.jobIn('failed')];
    const search = await readPage(monitor, `/search?queue=${QUEUE}&state=failed`);
    expect(search.html).to.include(`aria-label="Choose job ${one} of queue mail"`);

    const page = await confirm({ which: 'chosen', job: [JSON.stringify([QUEUE, one])] });
    const [form] = runForms(page.html);
    expect(page.text).to.include('This is about 1 job.').and.include(one);
    await post(form?.action ?? '', { order: form?.order ?? '' });

    expect(await ended()).to.include({ done: 1, chosen: 1 });
    expect((await monitor.inspector.job(QUEUE, two))?.state).to.equal('failed');
  });

  it('go by all that was sought', async () => {
    await monitor.jobIn('failed', { to: 'ada' });
    await monitor.jobIn('failed', { to: 'bob' });
    const page = await confirm({ operation: 'remove', path: 'to', value: 'ada', type: 'email.send' });
    const [form] = runForms(page.html);

    expect(page.text).to.include('This is about 1 job.');
    await post(form?.action ?? '', { order: form?.order ?? '' });
    expect(await ended()).to.include({ operation: 'remove', done: 1 });
    expect((await monitor.inspector.queue(QUEUE)).counts.failed).to.equal(1);
  });

  it('count a long queue in the background first', async () => {
    await monitor.jobIn('failed');
    const order = JSON.stringify({ operation: 'retry', queue: QUEUE, state: 'failed', dryRun: true });
    const { location } = await post('/actions/runs/count', { order });
    await ended();

    const { text, html } = await readPage(monitor, location ?? '');
    expect(text).to.include('Count failed jobs of queue mail').and.include('Found 1 job.');
    expect(text).to.include('Retry 1 job');
    expect(JSON.parse(runForms(html)[0]?.order ?? '')).to.not.have.property('dryRun');
  });

  for (const [what, form, why] of [
    ['nothing ticked', { which: 'chosen' }, 'No job is ticked.'],
    ['what is no job', { which: 'chosen', job: 'x' }, 'What is ticked cannot be read'],
    ['no operation', { operation: 'constructor' }, 'Nothing was chosen to be done.'],
    ['all that an id finds', { state: '', id: 'x' }, 'A search of one queue and one state'],
    ['all of a state beside an id', { id: 'x' }, 'A search of one queue and one state'],
    ['a value without its path', { value: 'x' }, 'path is missing'],
    ['a path without its value', { path: 'x' }, 'value is missing'],
    ['a queue that is not there', { queue: 'nowhere' }, 'there is no queue nowhere here'],
  ] as const)
    it(`refuse ${what}`, async () => {
      const page = await confirm(form);

      expect(page.status).to.equal(422);
      expect(page.text).to.include('Nothing is changed').and.include(why);
    });

  it('say of a form with too many fields that it has', async () => {
    const job = Array<string>(1_500).fill('x');

    const page = await confirm({ which: 'chosen', job });

    expect(page.status).to.equal(413);
    expect(page.text).to.include('more than a thousand fields');
  });

  it('refuse an order that cannot be, and note that', async () => {
    for (const [order, status] of [
      ['', 422],
      ['null', 422],
      ['[]', 422],
      ['{"operation":"retry","queue":"mail","state":"waiting"}', 409],
      ['{"operation":"retry","queue":"mail","state":"failed","filter":{"x":1}}', 422],
      ['{"operation":"retry","queue":["mail"],"state":"failed"}', 422],
      ['{"operation":"retry","queue":"mail","state":"failed","__proto__":{"dryRun":true},"more":1}', 422],
    ] as const)
      expect((await post('/actions/runs/x', { order })).status, order).to.equal(status);
    expect((await post('/actions/runs/a%20b', { order: '{}' })).status).to.equal(422);
    expect((await post('/actions/runs/none/stop', {})).status).to.equal(404);
    expect(await monitor.inspector.bulkRuns.list()).to.deep.equal([]);
  });

  it('offer for a state what can be done to it', async () => {
    await monitor.jobIn('delayed');
    const { html } = await readPage(monitor, `/search?queue=${QUEUE}&state=delayed`);
    const offered = [...html.matchAll(/<option value="(\w+)">(?:Retry|Promote|Cancel|Archive|Remove)</g)];

    expect(offered.map(([, name]) => name)).to.deep.equal(['promote', 'cancel', 'archive', 'remove']);
  });

  it('show what was written into them as text', async () => {
    const page = await confirm({ type: ATTACK, path: 'a', value: ATTACK, error: ATTACK });
    const order = { operation: 'retry', queue: QUEUE, state: 'failed', filter: { type: ATTACK } };
    const { location } = await post('/actions/runs/x', { order: JSON.stringify(order) });
    const run = await readPage(monitor, location ?? '');

    for (const { html } of [page, run]) {
      const scripts = html.match(/<script\b[^>]*>/g) ?? [];
      expect(scripts.filter((one) => !/ src="\/[\w./-]+\.js[^"]*"/.test(one))).to.deep.equal([]);
      expect(scripts).to.have.length.above(0);
    }
    expect(run.text).to.include(ATTACK);
  });

  it('say that there is no such run', async () => {
    const { status, text } = await readPage(monitor, '/runs/nobody');

    expect(status).to.equal(404);
    expect(text).to.include('There is no such run');
  });

  it('take nothing from a page of another site', async () => {
    const foreign = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };

    expect((await post('/actions/runs/x', { order: '{}' }, foreign)).status).to.equal(403);
    expect((await post('/search/change', {}, foreign)).status).to.equal(403);
    expect((await post('/actions/searches', { name: 'x' }, foreign)).status).to.equal(403);
  });

  describe('for viewers', () => {
    const auth = (name: string): Record<string, string> => ({
      Authorization: `Basic ${Buffer.from(`${name}:secret`).toString('base64')}`,
    });

    beforeEach(async () => {
      await monitor.close();
      const passwordHash = await hashPassword('secret');
      const users = [
        { name: 'vera', passwordHash, role: 'viewer' },
        { name: 'olga', passwordHash, role: 'operator' },
      ] as const;
      monitor = await openMonitor({ users });
    });

    it('show no buttons, and nothing that may be private, and refuse all changes', async () => {
      await monitor.jobIn('failed', { to: 'ada@example.com' });
      const filter = { error: 'private text', field: { path: 'to', value: 'ada@example.com' } };
      const order = JSON.stringify({ operation: 'retry', queue: QUEUE, state: 'failed', filter });
      expect((await post('/actions/runs/x', { order }, auth('vera'))).status).to.equal(403);
      expect((await post('/actions/runs/x', { order }, auth('olga'))).status).to.equal(303);
      const fields = { queue: QUEUE, state: 'failed', path: 'to', value: 'ada@example.com' };
      await post('/actions/searches', { ...fields, name: 'of ada' }, auth('olga'));
      await monitor.inspector.savedSearches.save({
        ...{ name: 'open', by: 'olga' },
        fields: { queue: QUEUE, state: 'failed' },
      });
      const pages = ['/runs', '/runs/x', '/search', `/search?queue=${QUEUE}&state=failed`, '/audit'];
      for (const path of pages) {
        const html = await (await monitor.fetch(path, { headers: { ...auth('vera'), ...HEADERS } })).text();

        expect(html, path).to.not.include('ada@example.com').and.not.include('private text');
        expect(html, path).to.not.include('method="post"');
      }
      const search = await monitor.fetch('/search', { headers: auth('vera') });
      expect(await search.text())
        .to.include('>open</a>')
        .and.not.include('of ada');
      for (const path of ['/search/change', '/actions/runs/x/stop', '/actions/searches/remove'])
        expect((await post(path, {}, auth('vera'))).status, path).to.equal(403);
      expect((await ended()).by).to.equal('olga');
    });
  });
});

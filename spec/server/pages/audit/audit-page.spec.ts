import { expect } from 'chai';
import type { AuditNote } from '../../../../lib/inspector/inspector.ts';
import { SCRIPTS } from '../../../../lib/server/pages/assets.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { readPage } from '../../../support/read-page.ts';

const NOTE: AuditNote = {
  by: 'ada',
  through: 'monitor',
  action: 'retry',
  queue: QUEUE,
  id: 'a1',
  outcome: 'done',
  detail: null,
};

describe('the audit page', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const note = (facts: Partial<AuditNote> = {}) => monitor.inspector.audit.record({ ...NOTE, ...facts });
  const show = (path = '/audit') => readPage(monitor, path);
  const olderOf = (html: string): string | null =>
    /<a href="([^"]*)">Older changes</.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? null;
  const rowsIn = (html: string): number => html.split('<tr>').length - 2;

  it('says that nobody has changed anything', async () => {
    const { status, text } = await show();

    expect(status).to.equal(200);
    expect(text).to.include('Nobody has changed anything yet');
  });

  it('tells who did what to what, through what, and what came of it, newest first', async () => {
    await note();
    await note({
      by: 'shop',
      through: 'api',
      action: 'cancel',
      outcome: 'refused',
      detail: 'job a1 is failed',
    });

    const { text, html } = await show();

    expect(text).to.match(
      / shop api cancel mail a1 refused job a1 is failed .* ada monitor retry mail a1 done/,
    );
    expect(html)
      .to.match(/<time datetime="20[^"]+Z">20/)
      .and.to.include('href="/queues/mail/jobs/a1"');
  });

  it('tells of a button of the pages', async () => {
    const id = await monitor.jobIn('failed');

    await monitor.send('POST', `/actions/queues/${QUEUE}/jobs/${id}/retry`);

    expect((await show()).text).to.include(`monitor monitor retry mail ${id} done`);
  });

  it('leads to no job where a schedule was changed', async () => {
    await note({ action: 'pause schedule', id: 'nightly' });

    const { text, html } = await show();

    expect(text).to.include('pause schedule mail nightly');
    expect(html).not.to.include('/jobs/nightly');
  });

  it('shows the changes to one queue, though it be gone', async () => {
    await note({ by: 'ada' });
    await note({ by: 'bob', queue: 'gone' });

    const { text, html } = await show('/audit?queue=gone');

    expect(text).to.include('Changes to queue gone').and.include('bob').and.not.include('ada');
    expect(html).to.match(/<option (?=[^>]*selected)(?=[^>]*value="gone")/);
  });

  it('goes on by pages of a hundred', async () => {
    for (let count = 0; count < 120; count++) await note({ id: `job-${count}` });

    const first = await show(`/audit?queue=${QUEUE}`);
    const older = olderOf(first.html);
    const second = await show(older ?? '');

    expect(rowsIn(first.html)).to.equal(100);
    expect(older).to.include(`queue=${QUEUE}`);
    expect(rowsIn(second.html)).to.equal(20);
    expect(second.text).to.include('job-0 ').and.not.include('job-20 ');
    expect(olderOf(second.html)).to.equal(null);
    expect(second.html).to.include(`<a href="/audit?queue=${QUEUE}">The newest</a>`);
  });

  it('shows the changes of somebody, of a kind and of a time, and keeps to them on its pages', async () => {
    for (let count = 0; count < 110; count++) await note({ by: 'bob', action: 'pause' });
    await note({ by: 'ada', action: 'retry' });
    await note({ by: 'bob', action: 'retry' });

    const { text, html } = await show('/audit?by=bob&action=retry&from=2001-01-01&to=2999-01-01T00:00');
    const paused = await show('/audit?by=bob&action=pause');

    expect(text)
      .to.match(/ bob monitor retry mail a1 done/)
      .and.not.match(/ ada monitor| pause mail/);
    expect(html).to.include('name="by" value="bob"').and.include('value="2999-01-01T00:00"');
    expect(olderOf(paused.html)).to.include('by=bob').and.include('action=pause');
    expect((await show('/audit?by=bob&from=2999-01-01')).text).to.include('There are no such changes.');
    expect((await show('/audit?to=2001-01-01')).text).to.include('There are no such changes.');
  });

  it('says at the field that a time cannot be, and looks for nothing', async () => {
    await note();

    for (const from of ['yesterday', '2030-13-41', '-1', '2030-01-01T99:00', '9'.repeat(400), '1969-01-01']) {
      const { status, html, text } = await show(`/audit?from=${from}`);
      expect(status, from).to.equal(422);
      expect(html).to.match(/id="audit-from"[^>]*aria-invalid="true" aria-describedby="from-problem"/);
      expect(text).to.include('Nothing was looked for.').and.not.include('ada');
      expect((await show(`/audit/export?from=${from}`)).status).to.equal(422);
    }
  });

  it('exports all that is asked for as lines of JSON', async () => {
    for (let count = 0; count < 1_100; count++) await note({ id: `job-${count}` });
    await note({ by: 'bob' });

    const response = await monitor.fetch('/audit/export?by=ada');
    const lines = (await response.text()).trimEnd().split('\n');

    expect(response.headers.get('content-type')).to.include('application/x-ndjson');
    expect(response.headers.get('content-disposition')).to.include('audit.ndjson');
    expect(lines).to.have.length(1_100);
    const first: unknown = JSON.parse(lines[0] ?? '');
    expect(first).to.include({
      by: 'ada',
      id: 'job-1099',
      queue: QUEUE,
      through: 'monitor',
      outcome: 'done',
    });
    expect(new Set(lines).size).to.equal(1_100);
    const { html } = await show('/audit?by=ada');
    expect(html).to.include('href="/audit/export?by=ada"');
    expect(await (await monitor.fetch('/audit/export?by=nobody')).text()).to.equal('');
  });

  it('tells how much is kept', async () => {
    await note();
    expect((await show()).text).to.include('about the last 10,000 changes are kept');

    await monitor.inspector.audit.keep({ count: 500, days: 30 });
    expect((await show()).text).to.include('about the last 500 changes are kept, for 30 days');
  });

  it('refuses a place that cannot be', async () => {
    const { status, text } = await show('/audit?before=x');

    expect(status).to.equal(422);
    expect(text).to.include('before must be a cursor as a page gave it');
  });

  it('shows what was written into it as text', async () => {
    const attack = '"><script>alert(1)</script>';
    await note({ by: attack, action: attack, queue: attack, id: attack, detail: attack });

    for (const path of ['/audit', `/audit?queue=${encodeURIComponent(attack)}`]) {
      const { html, text } = await show(path);
      expect(html.match(/<script\b[^>]*>/g)).to.have.length(SCRIPTS.length);
      expect(text).to.include(attack);
    }
  });
});

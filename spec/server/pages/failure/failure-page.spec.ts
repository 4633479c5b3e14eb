import { expect } from 'chai';
import { hashPassword } from '../../../../lib/server/monitor/password-hash.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { type ReadPage, readPage } from '../../../support/read-page.ts';

describe('the page of a kind of failure', () => {
  let monitor: SpecMonitor;
  let fingerprint: string;
  let failed: readonly string[];

  beforeEach(async () => {
    monitor = await openMonitor();
    failed = await monitor.jobsIn('failed', 3);
    fingerprint = (await monitor.inspector.failures.groups(QUEUE)).groups[0]?.fingerprint ?? '';
  });
  afterEach(() => monitor.close());

  const path = (of = fingerprint): string => `/queues/${QUEUE}/failures/${of}`;
  const show = (of = fingerprint): Promise<ReadPage> => readPage(monitor, path(of));
  const actionsOf = ({ html }: ReadPage): string[] =>
    [...html.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, action = '']) =>
      action.replace(`/actions${path()}/`, ''),
    );

  it('tells when it happened, what the error was, and to which jobs', async () => {
    const page = await show();

    expect(page.status).to.equal(200);
    expect(page.text).to.include('mailbox full').and.include('3 jobs that are kept, the first');
    for (const id of failed) expect(page.html).to.include(`href="/queues/${QUEUE}/jobs/${id}"`);
    expect(page.html).to.include('<svg class="chart"');
    expect(page.text).to.include('These jobs have no key.');
  });

  it('is led to by the overview, and by the page of a job that failed so', async () => {
    for (const from of ['/', `/queues/${QUEUE}/jobs/${failed[0]}`])
      expect((await readPage(monitor, from)).html).to.include(`href="${path()}"`);
    const waiting = await monitor.jobIn('waiting');
    expect((await readPage(monitor, `/queues/${QUEUE}/jobs/${waiting}`)).html).not.to.include('/failures/');
  });

  it('has the buttons that its state permits', async () => {
    const open = actionsOf(await show());
    await monitor.inspector.failures.mark(QUEUE, fingerprint, { verdict: 'ignored', note: 'theirs' }, 'ada');
    const page = await show();

    expect(open).to.deep.equal(['retry', 'resolve', 'ignore', 'mark', 'retry', '/search/change']);
    expect(actionsOf(page)).to.deep.equal(['retry', 'resolve', 'reopen', 'mark', 'retry', '/search/change']);
    expect(page.html).to.match(/<option selected[^>]*value="ignored"|<option value="ignored" selected/);
    expect(page.html).to.match(/<textarea[^>]*>theirs<\/textarea>/);
    expect(page.text).to.match(/ada said that it is ignored, [^:]*: theirs/);
    expect((await readPage(monitor, '/')).html).to.include('>ignored</span>');
  });

  it('says of one that is resolved that it was seen again', async () => {
    await monitor.inspector.failures.mark(QUEUE, fingerprint, { verdict: 'resolved', version: '2.0' }, 'ada');
    const resolved = await show();
    await monitor.jobIn('failed');

    expect(resolved.html).to.include('>resolved</span>');
    expect(resolved.text).to.include('ada said that it is resolved in version 2.0');
    expect((await show()).html).to.include('>reopened</span>');
  });

  it('shows no buttons to viewers', async () => {
    const passwordHash = await hashPassword('looking');
    const viewers = await openMonitor({ users: [{ name: 'vera', passwordHash, role: 'viewer' }] });
    try {
      await viewers.jobIn('failed');
      const { groups } = await viewers.inspector.failures.groups(QUEUE);
      const authorization = `Basic ${Buffer.from('vera:looking').toString('base64')}`;
      const headers = { Accept: 'text/html', authorization };

      const page = await viewers.fetch(path(groups[0]?.fingerprint), { headers });

      expect(page.status).to.equal(200);
      expect(await page.text()).not.to.include('<form method="post"');
    } finally {
      await viewers.close();
    }
  });

  it('says of what is not there where to look', async () => {
    for (const none of ['f'.repeat(16), '__proto__', '..%2f', '%ED%A0%80']) {
      const page = await show(none);
      expect(page.status, none).to.be.oneOf([404, 400]);
    }
    expect((await show('f'.repeat(16))).text).to.include(`No job of queue ${QUEUE} failed so`);
  });
});

import { expect } from 'chai';
import { hashPassword } from '../../../../lib/server/monitor/password-hash.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { type ReadPage, readPage } from '../../../support/read-page.ts';
import { PageStep } from '../../../support/workflow-steps.ts';

const PATH = `/queues/${QUEUE}/workflows/w`;

describe('the page of a workflow', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const show = (query = '', path = PATH): Promise<ReadPage> => readPage(monitor, path + query);
  const actionsOf = ({ html }: ReadPage): string[] =>
    [...html.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, action = '']) =>
      action.replace(`/actions${PATH}`, ''),
    );
  const rowsOf = ({ html }: ReadPage): string[] =>
    [...html.matchAll(/<tr id="step-([^"]*)"/g)].map(([, name = '']) => name);
  const nodesOf = ({ html }: ReadPage): string[] =>
    [...html.matchAll(/<svg id="node-([^"]*)" class="node ([^"]*)"/g)].map(
      ([, name, state]) => `${name} ${state}`,
    );
  /** Adds `a`, then `b` and `c`, then `d`, which makes up for a failure. */
  const add = async (): Promise<string> => {
    const { jobs } = await monitor.producer.addWorkflow(
      ({ job }) => {
        const a = job('a', PageStep, 1);
        const b = job('b', PageStep, 1, { after: [a] });
        const c = job('c', PageStep, 1, { after: [a], when: 'ended' });
        job('d', PageStep, 1, { after: [b, c], when: 'failed' });
      },
      { id: 'w' },
    );
    return jobs['a']?.id ?? '';
  };

  it('draws the steps, and says the same of each in a table', async () => {
    const id = await add();

    const page = await show();

    expect(page.status).to.equal(200);
    expect(page.html).to.include(`<title>Workflow w of ${QUEUE} · Apiary</title>`);
    expect(nodesOf(page)).to.deep.equal(['a waiting', 'b awaiting', 'c awaiting', 'd awaiting']);
    expect(rowsOf(page)).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(page.text).to.include('0 of 4 steps have ended.').and.to.include('All 4 steps');
    expect(page.text).to.match(/ d awaiting page\.step \S+ b, c, when one has failed /);
    expect(page.html.split(`href="/queues/${QUEUE}/jobs/${id}"`)).to.have.length(3);
  });

  it('is led to by the page of a job, and leads to the other workflows of the queue', async () => {
    const id = await add();

    const { html } = await show('', `/queues/${QUEUE}/jobs/${id}`);

    expect(html).to.include(`step a of <a href="${PATH}">workflow w</a>`);
    expect((await show()).html).to.include(`href="/workflows?queue=${QUEUE}"`);
  });

  it('has the buttons that the workflow and its steps permit', async () => {
    const id = await add();
    const before = actionsOf(await show());
    await monitor.inspector.archive(QUEUE, id, 'ada');

    const after = actionsOf(await show());

    expect(before).to.deep.equal(['/cancel']);
    expect(after).to.deep.equal(['/cancel', '/retry', '/steps/a/rerun']);
  });

  it('tells how it went on, and how it ended', async () => {
    const id = await add();
    await monitor.inspector.archive(QUEUE, id, 'ada');
    const meanwhile = await show();
    await monitor.inspector.workflows.cancel(QUEUE, 'w', 'ada');

    const page = await show();

    expect(nodesOf(meanwhile)).to.deep.equal(['a failed', 'b skipped', 'c waiting', 'd awaiting']);
    expect(page.text).to.match(/Workflow w cancelled in queue mail .* 4 of 4 steps have ended\. 2 failed/);
    expect(page.text).to.match(/, over \S+/);
    expect(nodesOf(page).slice(2)).to.deep.equal(['c failed', 'd skipped']);
  });

  it('shows no buttons to viewers', async () => {
    const passwordHash = await hashPassword('looking');
    const viewers = await openMonitor({ users: [{ name: 'vera', passwordHash, role: 'viewer' }] });
    try {
      await viewers.producer.addWorkflow(({ job }) => void job('a', PageStep, 1), { id: 'w' });
      const authorization = `Basic ${Buffer.from('vera:looking').toString('base64')}`;

      const page = await viewers.fetch(PATH, { headers: { Accept: 'text/html', authorization } });

      expect(page.status).to.equal(200);
      expect(await page.text()).not.to.include('<form method="post"');
    } finally {
      await viewers.close();
    }
  });

  it('draws up to two hundred steps, folds the others, and says so', async () => {
    await monitor.producer.addWorkflow(
      ({ job }) => {
        const first = job('first', PageStep, 1);
        const pages = Array.from({ length: 400 }, (_one, at) =>
          job(`page-${at}`, PageStep, 1, { after: [first] }),
        );
        job('last', PageStep, 1, { after: pages });
      },
      { id: 'w' },
    );

    const page = await show();

    expect(nodesOf(page)).to.deep.equal(['first waiting', 'page-0 awaiting', 'last awaiting']);
    expect(page.text).to.include('These are 402 steps, of which up to 200 are drawn one by one.');
    expect(page.html).to.include(`href="${PATH}?from=1#steps"`);
    expect(rowsOf(page)).to.have.length(100);
    expect(page.text).to.include('1 to 100 of 402 steps').and.to.include('Those after');
    expect(rowsOf(await show('?from=400'))).to.deep.equal(['page-399', 'last']);
    expect((await show('?from=400')).text).to.include('page-8, page-9 and 390 more');
  });

  it('shows the steps in one state alone', async () => {
    const id = await add();
    await monitor.inspector.archive(QUEUE, id, 'ada');

    const page = await show('?state=failed');

    expect(page.html).to.include(`href="${PATH}?state=failed#steps"`);
    expect(rowsOf(page)).to.deep.equal(['a']);
    expect(page.text).to.include('All 1 failed step').and.to.include('Steps in every state');
    expect(nodesOf(page)).to.have.length(4);
  });

  it('shows all for what it cannot have been asked for', async () => {
    await add();

    for (const query of ['?state=constructor', '?from=-1', '?from=1e3', '?from[]=2', '?state=failed&state=x'])
      expect(rowsOf(await show(query)), query).to.have.length(4);
    expect((await show('?from=999999')).text).to.include('None of 4 steps');
  });

  it('says of one that is not there where it may be', async () => {
    const page = await show('', `/queues/${QUEUE}/workflows/none`);

    expect(page.status).to.equal(404);
    expect(page.text).to.include('There is no workflow none in queue mail');
  });

  it('keeps names from becoming a part of the page', async () => {
    const attack = '<img/src=x/onerror=alert(1)>&amp;';
    // A step may not be called by any of it that is dangerous; a workflow may.
    const step = '<svg&onload=alert(1)>';
    await monitor.producer.addWorkflow(({ job }) => void job(step, PageStep, 1), { id: attack });

    const page = await show('', `/queues/${QUEUE}/workflows/${encodeURIComponent(attack)}`);

    expect(page.status).to.equal(200);
    expect(page.html).not.to.include('<img').and.not.to.include('<svg&onload');
    expect(page.html).to.include('&lt;img/src=x').and.to.include('&lt;svg&amp;onload');
  });
});

describe('the page of the workflows of a queue', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const add = (id: string) => monitor.producer.addWorkflow(({ job }) => void job('a', PageStep, 1), { id });
  const show = (query: string): Promise<ReadPage> => readPage(monitor, `/workflows${query}`);

  it('lists those first that run', async () => {
    await add('over');
    await monitor.inspector.workflows.cancel(QUEUE, 'over', 'ada');
    await monitor.inspector.clean(QUEUE, 'failed', 10);
    await add('running');

    const { text, html } = await show(`?queue=${QUEUE}`);

    expect(text).to.match(/ running running 1 1 0 \S+.* over cancelled 1 0 1 /);
    expect(html).to.include(`<a class="id" href="/queues/${QUEUE}/workflows/running">`);
    expect(html).to.include('<a href="/workflows" aria-current="page">');
  });

  it('asks for a queue, and says of one without any that it has none', async () => {
    expect((await show('')).text).to.include('Choose a queue');
    expect((await show(`?queue=${QUEUE}`)).text).to.include('Queue mail keeps no workflow.');
    expect((await show('?queue=nowhere')).text).to.include('Queue nowhere keeps no workflow.');
  });

  it('says when there are more than it lists', async () => {
    await Promise.all(Array.from({ length: 201 }, (_one, at) => add(`w${at}`)));

    const { html, text } = await show(`?queue=${QUEUE}`);

    expect(html.split('<tr id="workflow-')).to.have.length(201);
    expect(text).to.include('There are more than these 200.');
  });
});

import { expect } from 'chai';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { type ReadPage, readPage } from '../../../support/read-page.ts';

const ATTACK = '"><script>alert(1)</script>';

describe('the search page', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const search = (query: Record<string, string>): Promise<ReadPage> =>
    readPage(monitor, `/search?${new URLSearchParams(query)}`);
  const add = async (count: number, options: object = {}): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const job = { type: 'email.send', queue: QUEUE, data: { at, city: `c-${at % 2}` }, options };
      await monitor.producer.addRaw(job);
    }
  };
  /** The addresses of the jobs in the table of what was found. */
  const foundIn = ({ html }: ReadPage): string[] =>
    [...html.matchAll(/<th scope="row"><a class="id" href="([^"]*)">/g)].map(([, href = '']) => href);
  const onwardOf = ({ html }: ReadPage): string | null =>
    /<a id="onward" href="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? null;
  const problemsIn = ({ html }: ReadPage): Record<string, string> =>
    Object.fromEntries(
      [...html.matchAll(/<span id="(\w+)-problem"[^>]*>([^<]*)</g)].map(([, name, text]) => [name, text]),
    );

  it('begins with a form, and searches for nothing', async () => {
    const { status, text } = await readPage(monitor, '/search');

    expect(status).to.equal(200);
    expect(text).to.include('What to look for').and.not.include('Found');
  });

  it('has a label for every field', async () => {
    const { html } = await readPage(monitor, '/search');
    const fields = [...html.matchAll(/<(?:input|select) [^>]*?id="([^"]+)"/g)].map(([, id]) => id);
    const labels = [...html.matchAll(/<label for="([^"]+)"/g)].map(([, id]) => id);

    expect(fields).to.have.length(8);
    expect(labels).to.deep.equal(fields);
  });

  it('is filled in with a queue, where one leads to it', async () => {
    const { html, text } = await search({ queue: QUEUE });

    expect(html).to.match(/<option (?=[^>]*selected)(?=[^>]*value="mail")/);
    expect(text).not.to.include('Found');
  });

  it('shows what it found, and that it looked at all', async () => {
    await monitor.jobIn('failed');
    const id = await monitor.jobIn('failed', { to: 'ada@example.com' });

    const page = await search({ queue: QUEUE, state: 'failed', path: 'to', value: 'ada@example.com' });

    expect(page.text).to.include('Looked at all 2 failed jobs of queue mail: found 1 job.');
    expect(foundIn(page)).to.deep.equal([`/queues/${QUEUE}/jobs/${id}`]);
    expect(page.text).to.include('mail failed email.send').and.include('mailbox full');
    expect(onwardOf(page)).to.equal(null);
  });

  for (const [what, query] of [
    ['a type', { type: 'email.send' }],
    ['a key', { key: 'tenant-7' }],
    ['a value', { path: 'at', value: '0' }],
  ] as const) {
    it(`finds by ${what}`, async () => {
      await add(1, { key: 'tenant-7' });
      await monitor.producer.addRaw({ type: 'other', queue: QUEUE, data: {}, options: {} });

      expect(foundIn(await search({ queue: QUEUE, state: 'waiting', ...query }))).to.have.length(1);
    });
  }

  it('finds by a part of the newest error', async () => {
    await monitor.jobIn('failed');

    expect(foundIn(await search({ queue: QUEUE, state: 'failed', error: 'box fu' }))).to.have.length(1);
    expect(foundIn(await search({ queue: QUEUE, state: 'failed', error: 'box em' }))).to.have.length(0);
  });

  it('goes on where it stopped, and says what was covered', async () => {
    await add(250);

    const first = await search({ queue: QUEUE, state: 'waiting' });
    const second = await readPage(monitor, onwardOf(first) ?? '');
    const third = await readPage(monitor, onwardOf(second) ?? '');

    expect(first.text).to.include('Looked at 100 of 250 waiting jobs of queue mail: found 100 jobs.');
    expect(second.text).to.include('Looked at 100 more of 250 waiting jobs');
    expect(third.text).to.include('Looked at 50 more of 250 waiting jobs');
    expect(onwardOf(third)).to.equal(null);
    expect(new Set([first, second, third].flatMap(foundIn)).size).to.equal(250);
  });

  it('goes on with all that was filled in', async () => {
    await add(204);
    const wanted = { queue: QUEUE, state: 'waiting', type: 'email.send', path: 'city', value: 'c-1' };

    const first = await search(wanted);
    const second = await readPage(monitor, onwardOf(first) ?? '');

    expect(foundIn(first)).to.have.length(100);
    expect(foundIn(second)).to.have.length(2);
    expect(second.html).to.include('value="email.send"').and.include('value="c-1"');
  });

  it('says of the newest that they are these', async () => {
    for (let count = 0; count < 101; count++) await monitor.jobIn('succeeded');

    const { text } = await search({ queue: QUEUE, state: 'succeeded' });

    expect(text).to.include('Looked at the newest 100 of 101 succeeded jobs of queue mail: found 100 jobs.');
  });

  describe('by id', () => {
    it('looks in all queues', async () => {
      for (const queue of [QUEUE, 'other']) {
        await monitor.producer.addRaw({ type: 't', queue, data: {}, options: { id: 'twin' } });
      }

      const page = await search({ id: '  twin ' });

      expect(page.text).to.include('Looked for the id in all queues: found 2 jobs.');
      expect(foundIn(page)).to.deep.equal(['/queues/mail/jobs/twin', '/queues/other/jobs/twin']);
      expect(foundIn(await search({ id: 'twin', queue: 'other' }))).to.deep.equal([
        '/queues/other/jobs/twin',
      ]);
      expect(foundIn(await search({ id: 'twin', state: 'failed' }))).to.deep.equal([]);
    });

    it('leads to why there is none', async () => {
      const { text, html } = await search({ id: 'nobody', queue: QUEUE });

      expect(text).to.include('Looked for the id in queue mail: found 0 jobs.');
      expect(html).to.include('href="/queues/mail/jobs/nobody"');
    });

    it('wants nothing else', async () => {
      const page = await search({ id: 'a', type: 't', error: 'x' });

      expect(page.status).to.equal(422);
      expect(problemsIn(page)).to.deep.equal({
        type: 'cannot be combined with an id',
        error: 'cannot be combined with an id',
      });
    });
  });

  for (const [what, query, problems] of [
    [
      'a queue that is not there',
      { queue: 'nowhere', state: 'failed' },
      { queue: 'there is no queue nowhere here' },
    ],
    ['no queue', { state: 'failed' }, { queue: 'choose one: only an id is looked for in all' }],
    ['no state', { queue: QUEUE, type: 't' }, { state: 'choose one: only an id is looked for in all' }],
    [
      'a state that is none',
      { queue: QUEUE, state: 'done' },
      { state: 'must be one of waiting, active, delayed, succeeded, failed' },
    ],
    [
      'a value without a path',
      { queue: QUEUE, state: 'failed', value: 'x' },
      { path: 'is missing: where in the data is the value?' },
    ],
    [
      'a path without a value',
      { queue: QUEUE, state: 'failed', path: 'x' },
      { value: 'is missing: what is there in the data?' },
    ],
    [
      'a path that is none',
      { queue: QUEUE, state: 'failed', path: 'a..b', value: 'x' },
      { path: 'must be names with dots between them, such as customer.address.city' },
    ],
  ] as const) {
    it(`refuses ${what}, at the field`, async () => {
      const page = await search({ ...query });

      expect(page.status).to.equal(422);
      expect(problemsIn(page)).to.deep.equal(problems);
      for (const name of Object.keys(problems)) {
        expect(page.html).to.match(new RegExp(`name="${name}"[^>]*aria-describedby="${name}-problem"`));
      }
      expect(page.text).to.include('Nothing was searched: see the fields below.').and.not.include('Found');
    });
  }

  it('refuses a cursor that cannot be', async () => {
    const page = await search({ queue: QUEUE, state: 'failed', cursor: 'x' });

    expect(page.status).to.equal(422);
    expect(page.text).to.include(
      'Nothing was searched: cursor must be one that a search of this state gave.',
    );
  });

  it('shows what was written into fields and jobs as text', async () => {
    const id = `${ATTACK}&`;
    await monitor.producer.addRaw({
      type: 'email.send',
      queue: QUEUE,
      data: { a: ATTACK },
      options: { id, key: ATTACK },
    });
    const wanted = { queue: QUEUE, state: 'waiting', key: ATTACK, path: 'a', value: ATTACK };

    const found = await search(wanted);
    const refused = await search({
      ...wanted,
      queue: ATTACK,
      state: ATTACK,
      error: ATTACK,
      cursor: ATTACK,
      id,
    });

    expect(foundIn(found)).to.deep.equal([`/queues/mail/jobs/${encodeURIComponent(id)}`]);
    expect(refused.status).to.equal(422);
    for (const page of [found, refused]) {
      expect(page.html.match(/<script\b[^>]*>/g)).to.have.length(1);
      expect(page.text).to.include('<script>alert(1)</script>');
    }
  });
});

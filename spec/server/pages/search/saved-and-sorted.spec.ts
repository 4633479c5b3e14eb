import { expect } from 'chai';
import express from 'express';
import { systemClock } from '../../../../lib/clock.ts';
import { savedSearchesKey } from '../../../../lib/engine/keys.ts';
import { ApiaryError } from '../../../../lib/errors.ts';
import type { JobSearch } from '../../../../lib/inspector/inspector.ts';
import { answerErrors } from '../../../../lib/server/answer-errors.ts';
import { type Listener, listen } from '../../../../lib/server/listen.ts';
import { answerProblem } from '../../../../lib/server/pages/answer-problem.tsx';
import { type ExportDeps, exportFound } from '../../../../lib/server/pages/search/export-found.ts';
import { silentLog } from '../../../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../../support/monitor.ts';
import { type ReadPage, readPage } from '../../../support/read-page.ts';
import { until } from '../../../support/wait.ts';

describe('what the search page does with what it found', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  const search = (query: Record<string, string>): Promise<ReadPage> =>
    readPage(monitor, `/search?${new URLSearchParams({ queue: QUEUE, state: 'waiting', ...query })}`);
  const addKeys = async (...keys: string[]): Promise<void> => {
    for (const key of keys)
      await monitor.producer.addRaw({ type: 'email.send', queue: QUEUE, data: { key }, options: { key } });
  };
  const keysIn = ({ html }: ReadPage): string[] =>
    [...html.matchAll(/<td>email.send<\/td><td>(\w*)<\/td>/g)].map(([, key = '']) => key);

  describe('sorted', () => {
    it('by a column, up and down, as its head says', async () => {
      await addKeys('b', 'c', 'a');

      const [up, down] = [
        await search({ sort: 'key', dir: 'up' }),
        await search({ sort: 'key', dir: 'down' }),
      ];

      expect(keysIn(up)).to.deep.equal(['a', 'b', 'c']);
      expect(keysIn(down)).to.deep.equal(['c', 'b', 'a']);
      expect(up.html).to.match(/<th scope="col" aria-sort="ascending"><a href="[^"]*sort=key&amp;dir=down"/);
      expect(down.html).to.match(/<th scope="col" aria-sort="descending"><a href="[^"]*sort=key&amp;dir=up"/);
      expect(up.html).to.match(/<th scope="col"><a href="[^"]*queue=mail[^"]*sort=added&amp;dir=up"/);
    });

    it('by nothing that there is not', async () => {
      await addKeys('b', 'a');

      for (const sort of ['constructor', '__proto__', 'x'])
        expect(keysIn(await search({ sort, dir: 'sideways' }))).to.deep.equal(['a', 'b']);
    });
  });

  it('shows a long id short, whole in its text and when it is pointed at', async () => {
    const id = 'order-2026-11-30-of-a-customer';
    for (const one of [id, 'short'])
      await monitor.producer.addRaw({ type: 't', queue: QUEUE, data: {}, options: { id: one } });

    const { html } = await search({});

    expect(html).to.include(
      `<span class="short" title="${id}"><span>order-2026-11-30-of-</span>a-customer</span>`,
    );
    expect(html).to.include('>short</a>');
  });

  describe('exported', () => {
    const exported = async (query: Record<string, string>): Promise<Response> =>
      monitor.fetch(`/search/export?${new URLSearchParams({ queue: QUEUE, state: 'waiting', ...query })}`);
    const idsIn = (text: string): unknown[] =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id);

    it('is all of it, each a line of JSON, though the page shows a hundred', async () => {
      const ids = await monitor.jobsIn('waiting', 1_234);

      const response = await exported({ type: 'email.send', sort: 'key' });

      expect(response.headers.get('content-type')).to.match(/^application\/x-ndjson/);
      expect(response.headers.get('content-disposition')).to.equal('attachment; filename=jobs.ndjson');
      expect(idsIn(await response.text())).to.deep.equal(ids.reverse());
    });

    it('is what has the id', async () => {
      const id = await monitor.jobIn('waiting');

      expect(idsIn(await (await exported({ id, queue: '', state: '' })).text())).to.deep.equal([id]);
    });

    it('is empty where nothing was found, and refused where nothing was sought', async () => {
      expect(await (await exported({ type: 'nobody' })).text()).to.equal('');
      expect((await exported({ queue: 'nowhere' })).status).to.equal(422);
      expect((await exported({ path: 'a..b', value: 'x' })).status).to.equal(422);
      expect((await exported({ cursor: 'x' })).status).to.equal(422);
    });

    describe('by a server of its own', () => {
      let leaving: AbortController;
      let server: Listener | null = null;
      beforeEach(() => {
        leaving = new AbortController();
      });
      afterEach(async () => {
        leaving.abort();
        await server?.close(0);
      });

      const serve = async (changes: Partial<ExportDeps>): Promise<string> => {
        const queues = async (): Promise<string[]> => [QUEUE];
        const { inspector } = monitor;
        const app = express().use(exportFound({ inspector, queues, clock: systemClock, ...changes }));
        app.use(answerErrors(silentLog, answerProblem));
        server = await listen({ handler: app, role: 'monitor', host: '127.0.0.1', port: 0, variable: 'X' });
        return `http://127.0.0.1:${server.port}/?queue=${QUEUE}&state=waiting`;
      };

      it('leaves its place to others when its reader has stopped reading', async () => {
        const data = { text: 'x'.repeat(500_000) };
        for (let at = 0; at < 40; at++)
          await monitor.producer.addRaw({ type: 't', queue: QUEUE, data, options: {} });
        const url = await serve({ slowMs: 100 });
        const begun: Response[] = [];
        const begin = async (): Promise<boolean> => {
          const answer = await fetch(url, { signal: leaving.signal });
          if (answer.status === 200) begun.push(answer);
          else await answer.text();
          return answer.status === 200;
        };

        // More than there are places for, of whom none reads.
        for (let at = 0; at < 6; at++) await until(begin, 'there is a place');

        expect(await begun[0]?.text().catch((error: Error) => error)).to.be.an.instanceOf(Error);
      }).timeout(60_000);

      it('is cut off where it cannot be gone on with', async () => {
        await monitor.jobsIn('waiting', 2_001);
        const inspector = Object.create(monitor.inspector, {
          search: {
            value: async (queue: string, search: JobSearch) => {
              if (search.cursor !== null) throw new ApiaryError('REDIS_UNAVAILABLE', 'Redis is away');
              return monitor.inspector.search(queue, search);
            },
          },
        });

        const answer = await fetch(`${await serve({ inspector })}&type=nobody`, { signal: leaving.signal });

        expect(answer.status).to.equal(200);
        expect(await answer.text().catch((error: Error) => error)).to.be.an.instanceOf(Error);
      });
    });
  });

  describe('saved', () => {
    const post = (path: string, form: Record<string, string>): Promise<Response> =>
      monitor.fetch(`/actions/searches${path}`, {
        method: 'POST',
        headers: { Origin: monitor.url },
        body: new URLSearchParams(form),
      });

    it('is listed for all, with who saved it, until it is removed', async () => {
      const fields = { queue: QUEUE, state: 'failed', error: 'a & b' };
      const saved = await post('', { ...fields, name: ' Full <boxes> ', cursor: 'x', more: 'y' });
      expect([saved.status, saved.headers.get('location')]).to.deep.equal([
        303,
        '/search?queue=mail&state=failed&error=a+%26+b',
      ]);

      const { html } = await readPage(monitor, '/search');
      expect(html).to.include('href="/search?queue=mail&amp;state=failed&amp;error=a+%26+b">Full &lt;boxes>');
      expect(html).to.include('by monitor');

      expect((await post('/remove', { name: 'Full <boxes>' })).status).to.equal(303);
      expect((await post('/remove', { name: 'Full <boxes>' })).status).to.equal(404);
      expect(await monitor.inspector.savedSearches.list()).to.deep.equal([]);
      const { entries } = await monitor.inspector.audit.list();
      expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).to.deep.equal([
        'remove search refused',
        'remove search done',
        'save search done',
      ]);
    });

    it('is refused without a name, with a long one, or with nothing filled in', async () => {
      for (const form of [
        { queue: QUEUE, name: ' ' },
        { queue: QUEUE, name: 'x'.repeat(81) },
        { name: 'x' },
        { queue: QUEUE, error: 'x'.repeat(4_000), name: 'x' },
      ])
        expect((await post('', form)).status).to.equal(422);
    });

    it('is refused of a program that saves what is none', async () => {
      const { savedSearches } = monitor.inspector;
      const right = { name: 'x', fields: { queue: QUEUE }, by: 'ada' };
      const wrong = [
        ...[null, undefined, 7, [], {}, { ...right, more: 1 }],
        ...[
          { name: 5 },
          { fields: null },
          { fields: [] },
          { fields: { queue: 5 } },
          { fields: { queue: 5n } },
        ].map((change) => ({ ...right, ...change })),
      ] as unknown as (typeof right)[];
      for (const search of wrong) {
        const error = await savedSearches.save(search).catch((thrown: unknown) => thrown);
        expect(error).to.have.property('code', 'JOB_INVALID');
      }
      for (const name of [null, 7, [], {}] as unknown as string[]) {
        const error = await savedSearches.remove(name).catch((thrown: unknown) => thrown);
        expect(error).to.have.property('code', 'JOB_INVALID');
      }
      expect(await savedSearches.list()).to.deep.equal([]);
    });

    it('is listed beside what is none, and hinders no search where none can be read', async () => {
      const key = savedSearchesKey(monitor.prefix);
      await monitor.inspector.savedSearches.save({ name: 'right', fields: { queue: QUEUE }, by: 'ada' });
      const strange = ['7', 'null', '[]', '{}', '{"name":"x"}', '{"name":{},"fields":{},"by":"x","at":1}'];
      strange.push(
        '{"name":"x","fields":null,"by":"x","at":1}',
        '{"name":"x","fields":{},"by":{},"at":1e300}',
      );
      strange.push('{"name":"x","fields":{"queue":{}},"by":"x","at":1}');
      for (const [at, text] of strange.entries()) await monitor.client.hset(key, `strange-${at}`, text);

      expect((await search({})).status).to.equal(200);
      expect((await monitor.inspector.savedSearches.list()).map(({ name }) => name)).to.deep.equal(['right']);

      await monitor.client.del(key);
      await monitor.client.set(key, 'no hash');
      expect((await search({})).status).to.equal(200);
    });

    it('is one of a hundred at most, of which one can be saved anew', async () => {
      const save = (name: string, state: string): Promise<void> =>
        monitor.inspector.savedSearches.save({ name, by: 'ada', fields: { state } });
      for (let at = 0; at < 100; at++) await save(`search ${at}`, 'failed');

      const error = await save('more', 'failed').catch((thrown: Error) => thrown);
      await save('search 7', 'waiting');

      expect(error).to.have.property('code', 'TOO_MANY_HELD');
      const all = await monitor.inspector.savedSearches.list();
      expect(all).to.have.length(100);
      expect(all.find(({ name }) => name === 'search 7')?.fields).to.deep.equal({ state: 'waiting' });
    });
  });
});

import { expect } from 'chai';
import { JOB_STATES } from '../../../lib/inspector/inspector.ts';
import { type RawAnswer, sendRaw } from '../../support/http.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

const PAGE = `/arena/redis/${QUEUE}`;
const API = `/arena/api/queue/redis/${QUEUE}`;
const JSON_BODY = { 'Content-Type': 'application/json' };
const AJAX = { 'X-Requested-With': 'XMLHttpRequest' };
/** Every change that Arena's pages can ask for; `:id` is the job. */
const CHANGES = [
  'PUT pause',
  'PUT resume',
  'POST job',
  'PUT job/:id/data',
  'PATCH job/bulk',
  'PATCH job/:id',
  'PATCH delayed/job/bulk',
  'PATCH delayed/job/:id',
  'POST job/bulk',
  'DELETE job/:id',
  'DELETE jobs/bulk',
  'PUT update-meta',
  'DELETE rate-limit-key',
  'DELETE repeatable/job/:id',
];
const PROTOTYPE = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

describe('Arena under abuse', function () {
  this.timeout(60_000);
  let monitor: SpecMonitor;
  let id: string;

  beforeEach(async () => {
    monitor = await openMonitor();
    id = await monitor.jobIn('failed');
  });

  afterEach(async () => {
    // Whatever was sent, the server goes on, and the job is where it was.
    expect((await monitor.fetch(`${PAGE}/failed`)).status).to.equal(200);
    const { counts, paused } = await monitor.inspector.queue(QUEUE);
    expect([counts, paused]).to.deep.equal([
      { waiting: 0, active: 0, delayed: 0, succeeded: 0, failed: 1 },
      null,
    ]);
    expect(await monitor.inspector.limits.get(QUEUE)).to.equal(null);
    expect(await monitor.inspector.job(QUEUE, id)).to.deep.include({ data: { to: 'a@example.com' } });
    await monitor.close();
  });

  const send = async (
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<RawAnswer> => {
    const answer = await sendRaw(monitor.url, { method, path, headers, ...(body !== undefined && { body }) });
    expect(answer.text, `${method} ${path}`).not.to.match(/\bat .*:\d+:\d+|node_modules/);
    return answer;
  };
  const changes = (host = 'redis', queue: string = QUEUE, job = id): [method: string, path: string][] =>
    CHANGES.map((change) => {
      const [method = '', path = ''] = change.replace(':id', job).split(' ');
      return [method, `/arena/api/queue/${host}/${queue}/${path}`];
    });

  describe('asked for lists', () => {
    for (const query of [
      'pageSize=-1',
      'pageSize=0',
      'pageSize=NaN',
      'pageSize=Infinity',
      'pageSize=99999999999999999999',
      'pageSize=1e309',
      'pageSize[]=1&pageSize[]=2',
      'page=0',
      'page=-5',
      'page=99999999999999999999',
      'page=NaN',
      'page[]=1&page[a]=2',
      'page=1&page=2',
      'page=99999999999999999999&pageSize=99999999999999999999',
      'order[]=asc',
      'order=__proto__',
      '__proto__[page]=1&constructor[prototype][page]=2',
      'json=true',
      '%',
      '=&&&=?',
    ]) {
      it(`answers with ${query} in every state`, async () => {
        for (const state of JOB_STATES) {
          const { status, text } = await send('GET', `${PAGE}/${state}?${query}`);

          expect(status, state).to.equal(200);
          const isFirst = !/page=9{20}/.test(query);
          if (state === 'failed' && isFirst) expect(text).to.include(id);
        }
      });
    }

    it('shows a thousand jobs at most, however many are asked for', async () => {
      const ids = await monitor.jobsIn('waiting', 1_100);

      const { text } = await send('GET', `${PAGE}/waiting?pageSize=1000000`);

      expect(text.match(/class="js-bulk-job"/g)).to.have.lengthOf(1_000);
      await Promise.all(ids.map((one) => monitor.inspector.remove(QUEUE, one)));
    });

    it('shows of large jobs their beginning', async () => {
      const large = 'x'.repeat(500_000);
      for (let count = 0; count < 20; count++) await monitor.jobIn('waiting', { [large]: large });

      const { text } = await send('GET', `${PAGE}/waiting?pageSize=1000`);

      expect(text.length).to.be.lessThan(500_000);
      expect(text.match(/\d more characters/g)).to.have.lengthOf(20);
      await monitor.inspector.removeAll(QUEUE, 'waiting');
    });
  });

  describe('asked for addresses', () => {
    for (const path of [
      '/arena/redis/%',
      '/arena/redis/%E0%A4%A',
      `${PAGE}/%`,
      `${PAGE}/%E0%A4%A`,
      `${PAGE}/%E0%A4%A.json`,
      '/arena/%/mail/failed.json',
      '/arena/api/queue/redis/%/job/x',
    ]) {
      it(`answers 400 to ${path}`, async () => {
        expect((await send('GET', path)).status).to.be.oneOf([400, 404]);
        const method = path.includes('/api/') ? 'DELETE' : 'GET';
        expect((await send(method, path, { headers: AJAX })).status).to.equal(400);
      });
    }

    for (const path of [
      '/arena//[',
      '/arena///',
      '/arena//evil.example/x',
      '/arena/redis',
      '/arena/..%2f..%2fetc%2fpasswd',
      '/arena/%2e%2e/%2e%2e/etc/passwd',
      '/arena/../../../../etc/passwd',
      '/arena/..\\..\\package.json',
      '/arena/assets/arena.css',
      `${PAGE}/%00`,
      `${PAGE}/x/y/z`,
      `${PAGE}/${'x'.repeat(8_000)}`,
      `/arena/${'x/'.repeat(1_000)}`,
      '/arena/flows',
      '/arena/flows/redis/mail',
      '/arena/api',
      '/arena/api/queue/redis/mail/job',
      '/arena/api/flow/redis/mail/flow',
      ...PROTOTYPE.flatMap((word) => [
        `/arena/${word}/${QUEUE}`,
        `/arena/${word}/${QUEUE}/failed`,
        `/arena/${word}/${QUEUE}/failed.json`,
        `/arena/redis/${word}`,
        `/arena/redis/${word}/failed`,
        `${PAGE}/${word}`,
        `${PAGE}/${word}?json=true`,
        `${PAGE}/${word}.json`,
      ]),
    ]) {
      it(`answers 404 to ${path.slice(0, 60)}`, async () => {
        expect((await send('GET', path)).status).to.equal(404);
      });
    }

    it('answers 431 to one that is longer than any', async () => {
      expect((await send('GET', `${PAGE}/${'x'.repeat(100_000)}`)).status).to.equal(431);
    });

    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      it(`does nothing for ${method} on a page`, async () => {
        for (const path of ['/arena/', PAGE, `${PAGE}/failed`, `${PAGE}/${id}`, `${PAGE}/failed.json`]) {
          expect((await send(method, path)).status, path).to.be.oneOf([403, 404]);
          expect((await send(method, path, { headers: AJAX })).status, path).to.equal(404);
        }
      });
    }
  });

  describe('asked for changes', () => {
    it('refuses each that another site makes a browser send', async () => {
      const foreign = [
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        { 'Content-Type': 'multipart/form-data; boundary=x' },
        { 'Content-Type': 'text/plain' },
        JSON_BODY,
        { ...JSON_BODY, ...AJAX, 'Sec-Fetch-Site': 'cross-site' },
        { ...JSON_BODY, ...AJAX, Origin: 'http://evil.example' },
        { ...JSON_BODY, ...AJAX, Origin: 'null' },
      ];
      for (const [method, path] of changes()) {
        for (const headers of foreign) {
          const { status } = await send(method, path, { headers, body: `{"jobs":["${id}"]}` });
          expect(status, `${method} ${path} ${JSON.stringify(headers)}`).to.equal(403);
        }
      }
    });

    const disguises: [type: string | null, body: (job: string) => string][] = [
      ['application/x-www-form-urlencoded', (job) => `jobs[]=${job}&data[a]=1&queueState=failed`],
      [
        'multipart/form-data; boundary=x',
        (job) => `--x\r\nContent-Disposition: form-data; name="jobs[]"\r\n\r\n${job}\r\n--x--\r\n`,
      ],
      ['text/plain', (job) => JSON.stringify({ jobs: [job], data: 1, queueState: 'failed' })],
      ['application/json; charset=utf-16', (job) => JSON.stringify({ jobs: [job], queueState: 'failed' })],
      ['application/jsonp', (job) => JSON.stringify({ jobs: [job], queueState: 'failed' })],
    ];
    for (const [type, body] of disguises) {
      it(`refuses each with a body that is ${type}`, async () => {
        for (const [method, path] of changes()) {
          const headers = { ...AJAX, ...(type !== null && { 'Content-Type': type }) };
          expect((await send(method, path, { headers, body: body(id) })).status, path).to.equal(415);
        }
      });
    }

    it('refuses those with a body when it says no content type', async () => {
      for (const [method, path] of changes().filter(([, one]) =>
        /\/job$|bulk$|data$|update-meta$/.test(one),
      )) {
        const answer = await send(method, path, {
          headers: AJAX,
          body: JSON.stringify({ jobs: [id], data: 1 }),
        });
        expect(answer.status, path).to.equal(415);
      }
    });

    for (const word of [...PROTOTYPE, 'nowhere']) {
      it(`answers 404 where ${word} stands for the host, the queue or the job`, async () => {
        const body = JSON.stringify({ jobs: [], queueState: 'failed', data: 1 });
        for (const [method, path] of [...changes(word), ...changes('redis', word)]) {
          expect(
            (await send(method, path, { headers: { ...AJAX, ...JSON_BODY }, body })).status,
            path,
          ).to.equal(404);
        }
        for (const [method, path] of changes('redis', QUEUE, word).filter(([, one]) => one.includes(word))) {
          expect(
            (await send(method, path, { headers: { ...AJAX, ...JSON_BODY }, body })).status,
            path,
          ).to.equal(404);
        }
      });
    }

    const bulk = (body: unknown) =>
      Promise.all(
        ['PATCH job/bulk', 'PATCH delayed/job/bulk', 'POST job/bulk'].map(async (change) => {
          const [method = '', path = ''] = change.split(' ');
          const text = typeof body === 'string' ? body : JSON.stringify(body);
          return send(method, `${API}/${path}`, { headers: { ...AJAX, ...JSON_BODY }, body: text });
        }),
      );
    for (const body of [
      'null',
      '[]',
      '"text"',
      '1',
      '{}',
      '{"jobs":null}',
      '{"jobs":"w1"}',
      '{"jobs":{"0":"w1","length":1}}',
      '{"jobs":[{}]}',
      '{"jobs":[1]}',
      '{"jobs":[["a"]]}',
      '{"jobs":["%"]}',
      '{"jobs":["%E0%A4%A"]}',
      `{"jobs":[${Array(1_001).fill('"a"').join(',')}]}`,
      `{"jobs":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    ]) {
      it(`answers 422 to bulk actions with ${body.slice(0, 40)}`, async () => {
        expect((await bulk(body)).map(({ status }) => status)).to.deep.equal([422, 422, 422]);
      });
    }

    it('names the ids of a bulk action that are none, and those of the prototype among them', async () => {
      const jobs = ['gone', ...PROTOTYPE];

      for (const { status, text } of await bulk({ jobs, queueState: 'failed' })) {
        expect(status).to.equal(409);
        expect(text).to.include('0 of 6 jobs').and.include('__proto__ (no such job)');
      }
    });

    for (const queueState of [
      'active',
      '__proto__',
      'constructor',
      'toString',
      '',
      null,
      ['failed'],
      { a: 1 },
      1,
    ]) {
      it(`cleans nothing with ${JSON.stringify(queueState)} for the state`, async () => {
        const body = JSON.stringify({ queueState });

        const { status } = await send('DELETE', `${API}/jobs/bulk`, {
          headers: { ...AJAX, ...JSON_BODY },
          body,
        });

        expect(status).to.equal(queueState === 'active' ? 409 : 422);
      });
    }

    it('answers 400 to a body that is no JSON, and 413 to one that is too long', async () => {
      for (const [method, path] of changes().filter(([, one]) =>
        /\/job$|bulk$|data$|update-meta$/.test(one),
      )) {
        const headers = { ...AJAX, ...JSON_BODY };
        const broken = await send(method, path, { headers, body: '{"jobs":[' });
        const long = await send(method, path, { headers, body: JSON.stringify({ a: 'x'.repeat(2 ** 20) }) });

        expect([broken.status, long.status], path).to.deep.equal([400, 413]);
      }
    });
  });
});

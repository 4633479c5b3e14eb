import { expect } from 'chai';
import { PROTOTYPE, useAbused } from '../../support/abuse.ts';
import { QUEUE } from '../../support/monitor.ts';

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

describe('Arena asked for changes by others', function () {
  this.timeout(120_000);
  const abused = useAbused();
  const changes = (
    host = 'redis',
    queue: string = QUEUE,
    job = abused().id,
  ): [method: string, path: string][] =>
    CHANGES.map((change) => {
      const [method = '', path = ''] = change.replace(':id', job).split(' ');
      return [method, `/arena/api/queue/${host}/${queue}/${path}`];
    });

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
        const { status } = await abused().send(method, path, {
          headers,
          body: `{"jobs":["${abused().id}"]}`,
        });
        expect(status, `${method} ${path} ${JSON.stringify(headers)}`).to.equal(403);
      }
    }
  });

  const disguises: [type: string, body: (job: string) => string][] = [
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
        const headers = { ...AJAX, 'Content-Type': type };
        expect(
          (await abused().send(method, path, { headers, body: body(abused().id) })).status,
          path,
        ).to.equal(415);
      }
    });
  }

  it('refuses those with a body when it says no content type', async () => {
    for (const [method, path] of changes().filter(([, one]) => /\/job$|bulk$|data$|update-meta$/.test(one))) {
      const answer = await abused().send(method, path, {
        headers: AJAX,
        body: JSON.stringify({ jobs: [abused().id], data: 1 }),
      });
      expect(answer.status, path).to.equal(415);
    }
  });

  for (const word of [...PROTOTYPE, 'nowhere']) {
    it(`answers 404 where ${word} stands for the host, the queue or the job`, async () => {
      const body = JSON.stringify({ jobs: [], queueState: 'failed', data: 1 });
      for (const [method, path] of [...changes(word), ...changes('redis', word)]) {
        expect(
          (await abused().send(method, path, { headers: { ...AJAX, ...JSON_BODY }, body })).status,
          path,
        ).to.equal(404);
      }
      for (const [method, path] of changes('redis', QUEUE, word).filter(([, one]) => one.includes(word))) {
        expect(
          (await abused().send(method, path, { headers: { ...AJAX, ...JSON_BODY }, body })).status,
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
        return abused().send(method, `${API}/${path}`, { headers: { ...AJAX, ...JSON_BODY }, body: text });
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

      const { status } = await abused().send('DELETE', `${API}/jobs/bulk`, {
        headers: { ...AJAX, ...JSON_BODY },
        body,
      });

      expect(status).to.equal(queueState === 'active' ? 409 : 422);
    });
  }

  it('answers 400 to a body that is no JSON, and 413 to one that is too long', async () => {
    for (const [method, path] of changes().filter(([, one]) => /\/job$|bulk$|data$|update-meta$/.test(one))) {
      const headers = { ...AJAX, ...JSON_BODY };
      const broken = await abused().send(method, path, { headers, body: '{"jobs":[' });
      const long = await abused().send(method, path, {
        headers,
        body: JSON.stringify({ a: 'x'.repeat(2 ** 20) }),
      });

      expect([broken.status, long.status], path).to.deep.equal([400, 413]);
    }
  });
});

import { expect } from 'chai';
import { digestSecret } from '../../../lib/server/api/bearer.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { sendRaw } from '../../support/http.ts';

const MIB = 1024 * 1024;

describe('the guards of the API', () => {
  let api: SpecApi;
  let queue: string;

  const job = (data: unknown) => ({ type: 'raw', data, options: { queue } });
  const add = (body: unknown, headers: Record<string, string> = {}) =>
    api.call('POST', '/v1/jobs', { body, headers });

  describe('without keys', () => {
    beforeEach(async () => {
      api = await startApi();
      queue = testQueueName();
    });

    afterEach(() => api.close());

    for (const [text, detail] of [
      ['', 'it ends too early'],
      ['{"type":', 'it ends too early'],
      ['{"type" "secret"}', "Expected ':' after property name in JSON at position 8"],
      ['{"type":secret}', 'it has a character that cannot stand where it is'],
      ['undefined', 'it has a character that cannot stand where it is'],
    ] as const) {
      it(`answers 400 with what is wrong and nothing of the body: ${text}`, async () => {
        const { status, body } = await add(text);

        expect([status, body['detail']]).to.deep.equal([400, `the body is not JSON: ${detail}`]);
        expect(JSON.stringify(body)).to.not.contain('secret');
      });
    }

    it('answers 400 to bytes that are not UTF-8', async () => {
      const { status, body } = await add(Uint8Array.from([0x22, 0xff, 0x22]));

      expect([status, body['detail']]).to.deep.equal([400, 'the body is not JSON: it is not UTF-8']);
    });

    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/x-ndjson',
      'application/json; charset=utf-16',
    ]) {
      it(`answers 415 to a job as "${type}"`, async () => {
        const { status } = await add(JSON.stringify(job(1)), { 'Content-Type': type });

        expect(status).to.equal(415);
        expect((await api.inspector.queue(queue)).counts.waiting).to.equal(0);
      });
    }

    it('answers 415 to a job without a content type', async () => {
      const body = new TextEncoder().encode(JSON.stringify(job(1)));

      const { status } = await fetch(`${api.origin}/v1/jobs`, { method: 'POST', body });

      expect(status).to.equal(415);
    });

    it('answers 415 to an encoding that it does not know', async () => {
      expect((await add(job(1), { 'Content-Encoding': 'zstd' })).status).to.equal(415);
    });

    it('takes JSON whatever the case and parameters of its type', async () => {
      const { status } = await add(job(1), { 'Content-Type': 'Application/JSON; Charset="UTF-8"' });

      expect(status).to.equal(201);
    });

    it('refuses a form where no body is taken', async () => {
      const { status } = await api.call('POST', `/v1/queues/${queue}/pause`, {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });

      expect([status, (await api.inspector.queue(queue)).paused]).to.deep.equal([415, null]);
    });

    for (const site of ['cross-site', 'same-site']) {
      it(`refuses a change that a ${site} page makes`, async () => {
        const headers = { 'Sec-Fetch-Site': site };

        const { status } = await api.call('POST', `/v1/queues/${queue}/pause`, { headers });

        expect([status, (await api.inspector.queue(queue)).paused]).to.deep.equal([403, null]);
      });
    }

    it('takes a body of 1 MiB and answers 413 to one byte more', async () => {
      const padding = MIB - JSON.stringify(job('')).length;

      const whole = await add(job('x'.repeat(padding)));
      const over = await add(job('x'.repeat(padding + 1)));

      expect([whole.status, over.status]).to.deep.equal([201, 413]);
    });

    it('refuses a header of a job that is named __proto__, at its path', async () => {
      const body = `{"type":"x","data":{},"options":{"queue":"${queue}","headers":{"__proto__":"x","a":"b"}}}`;

      const answer = await add(body);

      expect([answer.status, answer.body['errors']]).to.deep.equal([
        422,
        [{ path: 'options.headers.__proto__', message: 'cannot be a name here' }],
      ]);
    });

    it('answers 404 to a path that is none', async () => {
      for (const path of ['/', '/v1', '/v2/jobs', '/v1/Jobs', '/v1/queues/a/jobs/b/c']) {
        expect((await api.call('GET', path)).status).to.equal(404, path);
      }
    });

    it('answers 400 to a path that cannot be decoded', async () => {
      expect((await api.call('GET', '/v1/queues/%zz')).status).to.equal(400);
    });

    for (const [method, path, allow] of [
      ['GET', '/v1/jobs', 'POST'],
      ['PUT', '/v1/jobs/batch', 'POST'],
      ['POST', '/v1/queues', 'GET, HEAD'],
      ['PUT', '/v1/queues/a/jobs/b', 'GET, HEAD, DELETE, PATCH'],
      ['OPTIONS', '/v1/queues/a/pause', 'POST'],
    ] as const) {
      it(`answers 405 to ${method} ${path} and allows ${allow}`, async () => {
        const { status, headers } = await api.call(method, path);

        expect([status, headers.get('allow')]).to.deep.equal([405, allow]);
      });
    }

    it('says nothing of its make, and what browsers shall not do', async () => {
      const { headers } = await api.call('GET', `/v1/queues/${queue}`);

      expect(headers.get('x-powered-by')).to.equal(null);
      // It speaks plain HTTP; that its host is to be reached by HTTPS alone is for a proxy to say.
      expect(headers.get('strict-transport-security')).to.equal(null);
      expect(headers.get('content-security-policy')).to.not.contain('upgrade-insecure-requests');
      expect(headers.get('etag')).to.equal(null);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('content-security-policy')).to.contain("default-src 'self'");
      expect(headers.get('cache-control')).to.equal('no-store');
    });

    it('answers in full to whoever asks for a part, or for what is new', async () => {
      const headers = { 'If-None-Match': '*', Range: 'bytes=0-1' };

      for (const path of ['/v1/queues', `/v1/queues/${queue}`, '/v1/openapi.json', '/v1/docs', '/healthz']) {
        const { status, text } = await sendRaw(api.origin, { method: 'GET', path, headers });

        expect([path, status]).to.deep.equal([path, 200]);
        expect(text.length).to.be.above(2);
      }
    });

    it('answers HEAD as GET without a body', async () => {
      const { status, body } = await api.call('HEAD', `/v1/queues/${queue}`);

      expect([status, body]).to.deep.equal([200, '']);
    });
  });

  describe('with keys', () => {
    let failures: string[];

    beforeEach(async () => {
      const keys = ['shop', 'billing'].map((name) => ({ name, digest: digestSecret(`${name}-secret`) }));
      failures = [];
      api = await startApi({ keys, countKeyFailure: (why) => failures.push(why) });
      queue = testQueueName();
    });

    afterEach(() => api.close());

    for (const authorization of [
      undefined,
      'Bearer wrong',
      'Bearer ',
      'Basic c2hvcDpzaG9wLXNlY3JldA==',
      'shop-secret',
    ]) {
      it(`answers 401 to ${authorization ?? 'no header'}`, async () => {
        const headers = authorization === undefined ? {} : { Authorization: authorization };

        const answer = await add(job(1), headers);

        expect([answer.status, answer.headers.get('www-authenticate')]).to.deep.equal([401, 'Bearer']);
        expect((await api.inspector.queue(queue)).counts.waiting).to.equal(0);
      });
    }

    it('asks for the key before it looks at anything else', async () => {
      expect((await add('no json', { 'Content-Type': 'text/plain' })).status).to.equal(401);
    });

    for (const name of ['shop', 'billing']) {
      it(`opens to the key of ${name}, which pauses in its own name`, async () => {
        const headers = { Authorization: `bearer ${name}-secret` };

        const { status } = await api.call('POST', `/v1/queues/${queue}/pause`, { headers });

        expect(status).to.equal(200);
        expect((await api.inspector.queue(queue)).paused?.by).to.equal(name);
      });
    }

    it('logs the name of the key and never its secret', async () => {
      await add(job(1), { Authorization: 'Bearer shop-secret' });
      await add(job(1), { Authorization: 'Bearer wrong-secret' });

      const named = api.records.filter(({ level, fields }) => level === 'debug' && fields['key'] === 'shop');
      expect(named).to.have.length(1);
      expect(JSON.stringify(api.records)).to.not.contain('-secret');
    });

    it('tells of calls that were refused for their keys, by one line for many, and counts each', async () => {
      for (const secret of ['one', 'two', 'three']) await add(job(1), { Authorization: `Bearer ${secret}` });
      await add(job(1));

      const told = api.records.filter(({ level }) => level === 'warn');
      expect(told.map(({ message, fields }) => ({ message, fields }))).to.deep.equal([
        {
          message: 'calls without a known key were refused',
          fields: { why: 'wrong', address: '127.0.0.1', method: 'POST', calls: 1 },
        },
      ]);
      expect(failures).to.deep.equal(['wrong', 'wrong', 'wrong', 'missing']);
    });

    it('says how it is without a key', async () => {
      const answers = await Promise.all(
        ['/healthz', '/readyz', '/readyz/worker'].map((path) => fetch(api.origin + path)),
      );

      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 404]);
    });

    it('gives its document without a key', async () => {
      expect((await api.call('GET', '/v1/openapi.json')).status).to.equal(200);
    });
  });
});

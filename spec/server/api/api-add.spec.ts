import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('POST /v1/jobs', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });

  afterEach(() => api.close());

  const add = (body: unknown, headers: Record<string, string> = {}) =>
    api.call('POST', '/v1/jobs', { body, headers });
  const email = (options: object = {}) => ({
    type: 'email.send',
    data: { to: 'a@example.com' },
    options: { queue, ...options },
  });

  it('creates a job of a known type and says where it is', async () => {
    const { status, headers, body } = await add(email());

    const { id } = body;
    expect(status).to.equal(201);
    expect(body).to.deep.equal({ id, queue, type: 'email.send', state: 'waiting', created: true });
    expect(headers.get('location')).to.equal(`/v1/queues/${queue}/jobs/${id}`);
  });

  it('stores data and options as they were sent', async () => {
    const backoff = { type: 'fixed', delayMs: 5_000, maxDelayMs: 6_000, jitter: 0.2 };
    const options = { retries: 7, timeoutMs: 1_000, backoff, headers: { traceparent: '00-1' } };

    const { body } = await add(email(options));

    const job = await api.inspector.job(queue, String(body['id']));
    expect(job?.data).to.deep.equal({ to: 'a@example.com' });
    expect(job?.headers).to.deep.equal({ traceparent: '00-1' });
    const times = { runAt: null, expiresAt: null, deadlineAt: null };
    const keyless = { unique: null, group: null, key: null, cost: 1, priority: 4, front: false };
    const asked = { retriesLeft: 7, timeoutMs: 1_000, ...times, backoff, ...keyless, retention: null };
    expect(job?.options).to.deep.equal(asked);
  });

  it('stores the name of a back-off of the workers, as bee-queue does a strategy', async () => {
    const { status, body } = await add(email({ backoff: { type: 'polite' } }));

    const job = await api.inspector.job(queue, String(body['id']));
    expect(status).to.equal(201);
    expect(job?.options.backoff).to.include({ type: 'polite', delayMs: 1_000 });
  });

  it('sends a known type to its own queue when none is named', async () => {
    const { status, body } = await add({ type: 'email.send', data: { to: 'a@example.com' } });

    await api.inspector.remove('mail', String(body['id']));
    expect([status, body['queue']]).to.deep.equal([201, 'mail']);
  });

  for (const options of [{ delayMs: 60_000 }, { runAt: 4_102_444_800_000 }]) {
    it(`delays by ${Object.keys(options)}`, async () => {
      const { status, body } = await add(email(options));

      expect([status, body['state']]).to.deep.equal([201, 'delayed']);
    });
  }

  it('names a hundred faults at most, and how many more there are', async () => {
    const cc = Array.from({ length: 250 }, () => 'no');

    const { body } = await add({ type: 'email.send', data: { to: 'a@example.com', cc }, options: { queue } });

    const errors = body['errors'] as { path: string; message: string }[];
    expect([errors.length, errors[98]?.path]).to.deep.equal([100, 'data.cc.98']);
    expect(errors[99]).to.deep.equal({ path: 'data', message: 'has 151 more faults' });
  });

  it('names wrong data by its path in the request', async () => {
    const { status, body } = await add({
      type: 'email.send',
      data: { to: 'a@example.com', cc: ['no'] },
      options: { queue },
    });

    expect(status).to.equal(422);
    expect(body).to.include({ type: 'urn:apiary:problem:job-invalid' });
    expect(body['errors']).to.deep.equal([{ path: 'data.cc.0', message: 'Invalid email address' }]);
  });

  it('names data that is missing', async () => {
    const { status, body } = await add({ type: 'email.send', options: { queue } });

    expect([status, pathsOf(body)]).to.deep.equal([422, ['data']]);
  });

  it('stores nothing of what it refuses', async () => {
    await add({ type: 'email.send', data: {}, options: { queue } });
    await add(email({ retries: -1 }));

    expect((await api.inspector.queue(queue)).counts.waiting).to.equal(0);
  });

  describe('a type that is not known', () => {
    it('is 404 by name without a queue', async () => {
      const { status, body } = await add({ type: 'report.build', data: {} });

      expect([status, body['type']]).to.deep.equal([404, 'urn:apiary:problem:job-type-unknown']);
      expect(body['detail']).to.contain('report.build');
    });

    for (const type of ['constructor', '__proto__', 'toString']) {
      it(`is not found on an object's prototype: ${type}`, async () => {
        expect((await add({ type, data: {} })).status).to.equal(404);
      });
    }

    for (const data of [null, false, 0, '', [], { a: { b: 1 } }]) {
      it(`goes to the queue that is named, with data ${JSON.stringify(data)}`, async () => {
        const { status, body } = await add({ type: 'report.build', data, options: { queue } });

        const job = await api.inspector.job(queue, String(body['id']));
        expect([status, body['type']]).to.deep.equal([201, 'report.build']);
        expect(job?.data).to.deep.equal(data);
      });
    }

    it('needs data', async () => {
      const { status, body } = await add({ type: 'report.build', options: { queue } });

      expect([status, pathsOf(body)]).to.deep.equal([422, ['data']]);
    });
  });

  describe('an id that exists', () => {
    it('is 200 with the state of the job that is there, which stays as it is', async () => {
      await add(email({ id: 'invoice-1', delayMs: 60_000 }));

      const { status, body } = await add({
        type: 'other',
        data: 'other',
        options: { queue, id: 'invoice-1' },
      });

      const existing = { id: 'invoice-1', queue, type: 'email.send', state: 'delayed' };
      expect([status, body]).to.deep.equal([200, { ...existing, created: false }]);
      expect((await api.inspector.job(queue, 'invoice-1'))?.data).to.deep.equal({ to: 'a@example.com' });
    });

    it('may come as Idempotency-Key', async () => {
      const first = await add(email(), { 'Idempotency-Key': 'order-1' });

      const second = await add(email({ retries: 9 }), { 'Idempotency-Key': 'order-1' });

      expect([first.status, first.body['id']]).to.deep.equal([201, 'order-1']);
      expect([second.status, second.body['id']]).to.deep.equal([200, 'order-1']);
      expect((await api.inspector.queue(queue)).counts.waiting).to.equal(1);
    });

    it('may come both ways when they agree', async () => {
      const { status, body } = await add(email({ id: 'same' }), { 'Idempotency-Key': 'same' });

      expect([status, body['id']]).to.deep.equal([201, 'same']);
    });

    it('is refused when the two differ', async () => {
      const { status, body } = await add(email({ id: 'one' }), { 'Idempotency-Key': 'other' });

      expect([status, pathsOf(body)]).to.deep.equal([422, ['options.id']]);
    });

    for (const key of ['', 'é', 'x'.repeat(257)]) {
      it(`is refused as Idempotency-Key "${key.slice(0, 3)}" of length ${key.length}`, async () => {
        const { status, body } = await add(email(), { 'Idempotency-Key': key });

        expect([status, pathsOf(body)]).to.deep.equal([422, ['Idempotency-Key']]);
      });
    }

    it('is escaped in Location', async () => {
      const { headers, body } = await add(email({ id: 'a/b ü?#%' }));

      const { body: job } = await api.call('GET', headers.get('location') ?? '');
      expect([body['id'], job['id']]).to.deep.equal(['a/b ü?#%', 'a/b ü?#%']);
    });
  });

  describe('a request with a wrong field', () => {
    const wrong: [string, unknown, string[]][] = [
      ['an array', [], ['']],
      ['a string', '"job"', ['']],
      ['null', null, ['']],
      ['no type', { data: 1 }, ['type']],
      ['a type that is no name', { type: 'a b', data: 1 }, ['type']],
      ['an unknown field', { type: 'email.send', dat: 1, priority: 2 }, ['dat', 'priority']],
      ['__proto__ as a field', JSON.parse('{"type":"a","__proto__":{"queue":"x"}}'), ['__proto__']],
      ['options that are no object', { type: 'a', options: 'now' }, ['options']],
      ['an unknown option', { type: 'a', options: { delay: 5 } }, ['options.delay']],
      ['a queue that is no name', { type: 'a', data: 1, options: { queue: 'a:b' } }, ['options.queue']],
      [
        'two wrong options',
        { type: 'a', data: 1, options: { retries: -1, runAt: 'soon' } },
        ['options.runAt', 'options.retries'],
      ],
      [
        'a start said twice',
        { type: 'a', data: 1, options: { queue: 'q', delayMs: 1, runAt: 1 } },
        ['options.runAt'],
      ],
      [
        'an id with control characters',
        { type: 'a', data: 1, options: { queue: 'q', id: 'a\nb' } },
        ['options.id'],
      ],
      [
        'an id that UTF-8 cannot write',
        { type: 'a', data: 1, options: { queue: 'q', id: '\ud800' } },
        ['options.id'],
      ],
      [
        'a header that is no string',
        { type: 'a', data: 1, options: { headers: { a: 1 } } },
        ['options.headers.a'],
      ],
    ];
    for (const [what, body, paths] of wrong) {
      it(`is 422 naming it: ${what}`, async () => {
        const answer = await add(body);

        expect([answer.status, pathsOf(answer.body)]).to.deep.equal([422, paths]);
      });
    }

    it('lists the known names beside an unknown one', async () => {
      const { body } = await add({ type: 'a', options: { delay: 5 } });

      expect(body['detail']).to.contain(
        'options.delay: unknown; did you mean delayMs?; known are queue, id, delayMs',
      );
    });

    it('does not repeat a long value', async () => {
      const { body } = await add({ type: 'x'.repeat(100_000), data: 1 });

      expect(JSON.stringify(body)).to.have.length.below(1_000);
    });
  });

  it('keeps prototype names in data as the data they are', async () => {
    const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';

    const { body } = await add(`{"type":"raw","data":${text},"options":{"queue":"${queue}"}}`);

    const job = await api.inspector.job(queue, String(body['id']));
    expect(JSON.stringify(job?.data)).to.equal(text);
    expect({}).to.not.have.property('polluted');
  });

  it('answers 500 without saying why, and logs why, when a schema itself fails', async () => {
    const { status, body } = await add({ type: 'crash', data: 'secret' });

    expect([status, body['type']]).to.deep.equal([500, 'about:blank']);
    expect(JSON.stringify(body)).to.not.match(/fault|secret|\.ts|at /);
    expect(api.records.find(({ level }) => level === 'error')?.fields['err']).to.have.property(
      'message',
      'a fault in the schema itself',
    );
  });
});

function pathsOf(body: Record<string, unknown>): string[] {
  return (body['errors'] as { path: string }[]).map(({ path }) => path);
}

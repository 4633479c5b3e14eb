import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

type Fault = { path: string; message: string };
type Result = {
  id?: string;
  state?: string;
  created?: boolean;
  error?: { status: number; detail: string; errors?: Fault[] };
};

describe('POST /v1/jobs/batch', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });

  afterEach(() => api.close());

  const job = (data: unknown, options: object = {}) => ({
    type: 'raw',
    data,
    options: { queue, ...options },
  });
  const send = async (body: unknown, headers: Record<string, string> = {}) => {
    const answer = await api.call('POST', '/v1/jobs/batch', { body, headers });
    return { ...answer, results: (answer.body['results'] ?? []) as Result[] };
  };
  const sendLines = (text: string) => send(text, { 'Content-Type': 'application/x-ndjson' });

  it('adds each job and answers in their order', async () => {
    const { status, results } = await send({
      jobs: [job(1, { id: 'b' }), job(2, { id: 'a', delayMs: 60_000 }), job(3, { id: 'c' })],
    });

    expect(status).to.equal(200);
    expect(results.map(({ id, state }) => [id, state])).to.deep.equal([
      ['b', 'waiting'],
      ['a', 'delayed'],
      ['c', 'waiting'],
    ]);
    expect((await api.inspector.queue(queue)).counts).to.include({ waiting: 2, delayed: 1 });
  });

  it('says of each that failed why, and adds the others', async () => {
    await send({ jobs: [job('first', { id: 'there' })] });

    const { results } = await send({
      jobs: [
        { type: 'email.send', data: {} },
        job('second', { id: 'there' }),
        7,
        job('new'),
        { type: 'nobody', data: 1 },
      ],
    });

    expect(results.map(({ error, created }) => error?.status ?? created)).to.deep.equal([
      422,
      false,
      422,
      true,
      404,
    ]);
    expect((await api.inspector.queue(queue)).counts.waiting).to.equal(2);
  });

  it('tells of ten faults of each job, and how many more there are', async () => {
    const wrong = Array.from({ length: 5_000 }, () => 'no');
    const options = { queue, ...Object.fromEntries(wrong.map((one, at) => [`${one}${at}`, 1])) };

    const { results } = await send({
      jobs: [
        { type: 'email.send', data: { to: 'a@example.com', cc: wrong }, options: { queue } },
        { type: 'email.send', data: { to: 'no' } },
        { type: 'raw', data: 1, options },
      ],
    });

    const [long = [], short, unknown = []] = results.map(({ error }) => error?.errors);
    expect([long.length, long[8]?.path]).to.deep.equal([10, 'data.cc.8']);
    expect(long[9]).to.deep.equal({ path: 'data', message: 'has 4991 more faults' });
    expect(short).to.deep.equal([{ path: 'data.to', message: 'Invalid email address' }]);
    expect([unknown.length, unknown[9]]).to.deep.equal([10, { path: '', message: 'has 4991 more faults' }]);
  });

  it('takes one job per line of NDJSON', async () => {
    const { status, results } = await sendLines(
      `${JSON.stringify(job(1, { id: 'x' }))}\r\n\n${JSON.stringify(job(2, { id: 'y' }))}\n`,
    );

    expect([status, results.map(({ id }) => id)]).to.deep.equal([200, ['x', 'y']]);
  });

  it('names the line that is no JSON and adds the others', async () => {
    const { results } = await sendLines(`${JSON.stringify(job(1))}\n{"type":\n${JSON.stringify(job(3))}`);

    expect(results.map(({ error, created }) => error?.detail ?? created)).to.deep.equal([
      true,
      'line 2 is not JSON: it ends too early',
      true,
    ]);
  });

  it('refuses data of more than 1 MiB, and adds the others', async () => {
    const { results } = await send({ jobs: [job('x'.repeat(1024 * 1024)), job(2)] });

    expect(results.map(({ error, created }) => error?.status ?? created)).to.deep.equal([413, true]);
    expect(results[0]?.error?.detail).to.match(/has 1048578 bytes as JSON, of which 1048576 may be$/);
  });

  it('takes 10,000 jobs', async () => {
    const lines = Array.from({ length: 10_000 }, (_, at) => JSON.stringify(job(at))).join('\n');

    const { status, results } = await sendLines(lines);

    expect([status, results.filter(({ created }) => created).length]).to.deep.equal([200, 10_000]);
    expect((await api.inspector.queue(queue)).counts.waiting).to.equal(10_000);
  });

  it('refuses more than 10,000 jobs as a whole', async () => {
    const jobs = Array.from({ length: 10_001 }, () => 1);

    expect((await send({ jobs })).status).to.equal(422);
    expect((await sendLines(jobs.join('\n'))).status).to.equal(422);
  });

  it('takes no job at all', async () => {
    const { status, body } = await send({ jobs: [] });

    expect([status, body]).to.deep.equal([200, { results: [] }]);
  });

  for (const body of [{}, { jobs: {} }, { jobs: [], more: 1 }, []]) {
    it(`is 422 for ${JSON.stringify(body)}`, async () => {
      expect((await send(body)).status).to.equal(422);
    });
  }

  it('logs a fault of ours that one job met', async () => {
    const { results } = await send({ jobs: [{ type: 'crash', data: 1 }, job(1)] });

    expect(results.map(({ error, created }) => error?.status ?? created)).to.deep.equal([500, true]);
    expect(api.records.filter(({ level }) => level === 'error')).to.have.length(1);
  });
});

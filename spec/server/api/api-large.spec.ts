import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

const MIB = 1024 * 1024;
const NDJSON = { 'Content-Type': 'application/ndjson' };

describe('a large batch', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  /** A job whose data take so many bytes, with their quotes. */
  const job = (bytes: number) => ({ type: 'raw', data: 'é'.repeat(bytes / 2 - 1), options: { queue } });
  const send = (body: unknown, headers: Record<string, string> = {}) =>
    api.call('POST', '/v1/jobs/batch', { body, headers });
  const lines = (count: number, bytes: number): string =>
    Array.from({ length: count }, () => JSON.stringify(job(bytes))).join('\n');
  const waiting = async (): Promise<number> => (await api.inspector.queue(queue)).counts.waiting;

  it('is taken up to 16 MiB as JSON, and 413 past it', async () => {
    const taken = await send({ jobs: Array.from({ length: 15 }, () => job(MIB)) });
    const refused = await send({ jobs: Array.from({ length: 16 }, () => job(MIB)) });

    expect([taken.status, refused.status, await waiting()]).to.deep.equal([200, 413, 15]);
    expect(refused.body['detail']).to.equal('the body is longer than 16 MiB');
  });

  it('is taken up to 16 MiB as NDJSON, and 413 past it', async () => {
    const taken = await send(lines(15, MIB), NDJSON);
    const refused = await send(lines(16, MIB), NDJSON);

    expect([taken.status, refused.status, await waiting()]).to.deep.equal([200, 413, 15]);
  });

  it('is measured as it is when unpacked', async () => {
    const gzip = { ...NDJSON, 'Content-Encoding': 'gzip' };

    const taken = await send(gzipSync(lines(2, MIB)), gzip);
    const refused = await send(gzipSync(lines(16, MIB)), gzip);
    const broken = await send(gzipSync(lines(2, 100)).subarray(0, 40), gzip);
    const unknown = await send(lines(1, 2), { ...NDJSON, 'Content-Encoding': 'rot13' });

    expect([taken.status, refused.status, broken.status, unknown.status]).to.deep.equal([200, 413, 400, 415]);
    expect(await waiting()).to.equal(2);
  });

  it('is refused where it is no UTF-8', async () => {
    const { status, body } = await send(Buffer.from([0x22, 0xff, 0x22]), NDJSON);

    expect([status, body['detail']]).to.deep.equal([400, 'the body is not JSON: it is not UTF-8']);
  });

  it('is read as it comes: what has too many lines is refused before its end', async () => {
    const call = request(`${api.origin}/v1/jobs/batch`, { method: 'POST', headers: NDJSON });
    call.write('1\n'.repeat(10_001));

    const [response] = (await once(call, 'response')) as [IncomingMessage];
    call.destroy();

    expect(response.statusCode).to.equal(422);
  });

  it('is answered with no more than it said itself, however much is wrong with it', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`strange${at}`, at]));
    const jobs = Array.from({ length: 200 }, () => ({ ...job(10), options: { queue, ...unknown } }));

    const many = await send({ jobs });
    const one = await api.call('POST', '/v1/jobs', { body: jobs[0] });

    expect(JSON.stringify(many.body).length).to.be.below(JSON.stringify({ jobs }).length);
    expect(many.body).to.have.nested.property('results[199].error.errors').with.length(10);
    const errors = one.body['errors'] as { path: string; message: string }[];
    expect(errors).to.have.length(100);
    expect(errors[2]?.message).to.match(/^unknown; known are queue, id, /);
    expect(errors[98]).to.deep.equal({ path: 'options.strange98', message: 'unknown' });
    expect(errors[99]).to.deep.equal({ path: '', message: 'has 21 more faults' });
  });

  it('leaves single jobs at 1 MiB', async () => {
    const { status, body } = await api.call('POST', '/v1/jobs', { body: job(MIB) });

    expect([status, body['detail']]).to.deep.equal([413, 'the body is longer than 1 MiB']);
  });
});

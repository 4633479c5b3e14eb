import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('a full queue over HTTP', () => {
  let api: SpecApi;
  let queue: string;
  const job = (data: number) => ({ type: 'raw', data, options: { queue } });

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
    const set = { body: { maxWaiting: 2 } };
    expect((await api.call('PUT', `/v1/queues/${queue}/limits`, set)).status).to.equal(200);
  });
  afterEach(() => api.close());

  it('answers 429 and when to come again, and stores nothing', async () => {
    const statuses: number[] = [];
    for (const data of [1, 2])
      statuses.push((await api.call('POST', '/v1/jobs', { body: job(data) })).status);

    const { status, headers, body } = await api.call('POST', '/v1/jobs', { body: job(3) });

    expect([...statuses, status]).to.deep.equal([201, 201, 429]);
    expect(body['type']).to.equal('urn:apiary:problem:queue-full');
    expect(Number(headers.get('retry-after'))).to.be.greaterThan(0);
    expect((await api.inspector.queue(queue)).counts.waiting).to.equal(2);
  });

  it('answers so for each row of a batch for which there is no room', async () => {
    const { status, body } = await api.call('POST', '/v1/jobs/batch', {
      body: { jobs: [1, 2, 3, 4].map(job) },
    });

    const results = body['results'] as { created?: boolean; error?: { status: number } }[];
    expect(status).to.equal(200);
    expect(results.map(({ created, error }) => created ?? error?.status)).to.deep.equal([
      true,
      true,
      429,
      429,
    ]);
    const { body: limits } = await api.call('GET', `/v1/queues/${queue}/limits`);
    expect(limits['limits']).to.deep.equal({ maxWaiting: 2 });
  });
});

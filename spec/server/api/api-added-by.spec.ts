import { expect } from 'chai';
import { digestSecret } from '../../../lib/server/api/bearer.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('who added a job over HTTP', () => {
  let api: SpecApi;
  const queue = testQueueName();

  const key = (name: string, secret: string) => ({ name, digest: digestSecret(secret) });
  const add = async (body: unknown, path = '/v1/jobs') =>
    api.call('POST', path, { body, headers: { Authorization: 'Bearer s3cret' } });
  const adderOf = async (id: unknown) => {
    const path = `/v1/queues/${queue}/jobs/${String(id)}`;
    const { body } = await api.call('GET', path, { headers: { Authorization: 'Bearer s3cret' } });
    return body['addedBy'];
  };
  const job = (options: object = {}) => ({ type: 'raw', data: 1, options: { queue, ...options } });

  describe('with keys', () => {
    beforeEach(async () => {
      api = await startApi({ keys: [key('shop', 's3cret'), key('other', 'other')] });
    });
    afterEach(() => api.close());

    it('is the key that the call showed, of a type that is known too', async () => {
      const { body } = await add(job());
      const typed = await add({ type: 'email.send', data: { to: 'a@example.com' }, options: { queue } });

      expect(await adderOf(body['id'])).to.equal('shop');
      expect(await adderOf(typed.body['id'])).to.equal('shop');
    });

    it('is the same for each job of a batch', async () => {
      const { body } = await add({ jobs: [job(), job()] }, '/v1/jobs/batch');

      const ids = (body['results'] as { id: string }[]).map(({ id }) => id);
      expect(await Promise.all(ids.map(adderOf))).to.deep.equal(['shop', 'shop']);
    });

    it('is nothing that the body could say', async () => {
      const { status, body } = await add(job({ addedBy: 'somebody' }));

      expect(status).to.equal(422);
      expect(JSON.stringify(body['errors'])).to.include('addedBy');
    });
  });

  it('is nobody without keys', async () => {
    api = await startApi();

    const { body } = await add(job());

    expect(await adderOf(body['id'])).to.equal(null);
    await api.close();
  });
});

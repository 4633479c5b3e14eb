import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { moveJob, type SpecApi, startApi } from '../../support/api.ts';

describe('lists of jobs of the API', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const add = async (id: string, options: object = {}, type = 'raw'): Promise<string> => {
    const body = { type, data: { city: { name: id } }, options: { queue, id, ...options } };
    return String((await api.call('POST', '/v1/jobs', { body })).body['id']);
  };
  const list = async (query = '') => api.call('GET', `/v1/queues/${queue}/jobs${query}`);
  const idsOf = ({ body }: { body: Record<string, unknown> }) =>
    (body['jobs'] as { id: string }[]).map(({ id }) => id);

  it('have the jobs of all states where none is asked for', async () => {
    await add('a');
    await add('b', { delayMs: 60_000 });
    await moveJob(api, { queue, id: 'a', to: 'failed' });
    await add('c');

    const first = await list('?limit=2');
    const second = await list(`?limit=2&cursor=${first.body['cursor']}`);

    expect([...idsOf(first), ...idsOf(second)]).to.have.members(['a', 'b', 'c']);
    expect(second.body['cursor']).to.equal(null);
  });

  it('go by type, key, error and a value in the data', async () => {
    await add('a', { key: 'acme' }, 'mail');
    await add('b', { key: 'zeta' });
    await api.call('POST', `/v1/queues/${queue}/jobs/b/archive`);

    expect(idsOf(await list('?type=mail'))).to.deep.equal(['a']);
    expect(idsOf(await list('?key=zeta'))).to.deep.equal(['b']);
    expect(idsOf(await list('?error=archived%20by'))).to.deep.equal(['b']);
    expect(idsOf(await list('?field=city.name&value=a'))).to.deep.equal(['a']);
    expect(idsOf(await list('?field=city.name&value=a&state=failed'))).to.deep.equal([]);
  });

  for (const [query, path] of [
    ['?field=city', 'field'],
    ['?value=x', 'field'],
    ['?field=a..b&value=x', 'field'],
    ['?type=', 'type'],
    ['?cursor=', 'cursor'],
    ['?cursor=7', 'cursor'],
    ['?error=a&error=b', 'error'],
  ] as const) {
    it(`are 422 naming ${path} for "${query}"`, async () => {
      const { status, body } = await list(query);

      expect([status, (body['errors'] as { path: string }[])[0]?.path]).to.deep.equal([422, path]);
    });
  }
});

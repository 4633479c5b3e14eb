import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/** What no page gives: no cursor at all, one cut short, and what another list gives or somebody makes up. */
const GARBAGE: readonly string[] = [
  ...['', ' ', '-1', '1e3', '0x10', 'garbage', 'null', '../..', 'a b', 'AA', '\u0000', '٣'],
  ...['', '7', '{}', 'null', '[]', 'garbage', '{"waiting":7}', '{"nowhere":null}'].map(encoded),
];
/** Goes on behind a name, and any text may be the name of a queue that is gone. */
const BY_NAME: readonly string[] = ['listQueues'];

describe('cursors over HTTP', () => {
  let api: SpecApi;
  let queue: string;

  before(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  after(() => api.close());

  it('are refused by every list that takes one where no page gave them', async () => {
    const lists = api.routes.filter(({ query }) => query && 'cursor' in query.shape);
    expect(lists.length).to.be.greaterThan(5);
    for (const { path, operationId } of lists) {
      if (BY_NAME.includes(operationId)) continue;
      const address = path.replace('{queue}', queue).replace(/\{\w+\}/g, 'some');
      for (const cursor of GARBAGE) {
        const query = new URLSearchParams({ cursor, ...(operationId === 'searchJobs' && { queue }) });

        const { status, body } = await api.call('GET', `${address}?${query}`);

        const told = [status, (body['errors'] as { path: string }[] | undefined)?.[0]?.path];
        expect(told, `${operationId} ${JSON.stringify(cursor)}`).to.deep.equal([422, 'cursor']);
      }
    }
  });
});

import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('options.group over HTTP', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });

  afterEach(() => api.close());

  const add = (options: object, type = 'digest.send') =>
    api.call('POST', '/v1/jobs', {
      body: { type, data: { to: 'a@example.com' }, options: { queue, ...options } },
    });
  const groups = async () => (await api.inspector.groups.list(queue)).groups;

  it('lets a job of a type that is not known here wait in its group, with the default settings', async () => {
    const { status, body } = await add({ group: 'ada' });

    expect(status).to.equal(201);
    expect(body).to.include({ state: 'waiting', created: true });
    expect(await groups()).to.have.length(1);
    expect((await groups())[0]).to.include({ name: 'ada', type: 'digest.send', size: 1, maxSize: 100 });
  });

  it('lets a job of a type that gathers groups wait with its settings', async () => {
    const { status } = await add({ group: 'ada' }, 'digest');

    expect(status).to.equal(201);
    expect((await groups())[0]).to.include({ type: 'digest', graceMs: 2_000, maxSize: 2 });
  });

  it('answers 422 where the type gathers none', async () => {
    const { status, body } = await add({ group: 'ada' }, 'email.send');

    expect(status).to.equal(422);
    expect(body['errors']).to.have.nested.property('[0].path', 'options.group');
  });

  it('answers 422 together with unique', async () => {
    const { status, body } = await add({ group: 'ada', unique: { key: 'k' } });

    expect(status).to.equal(422);
    expect(body['errors']).to.have.nested.property('[0].path', 'options.unique');
  });

  it('answers 422 to a name that cannot be', async () => {
    expect((await add({ group: '' })).status).to.equal(422);
  });

  it('shows a job that waits in a group, and the job that carries it', async () => {
    const { body } = await add({ group: 'ada', id: 'one' }, 'digest');
    const shown = await api.call('GET', `/v1/queues/${queue}/jobs/${body['id']}`);
    const { body: counted } = await api.call('GET', `/v1/queues/${queue}`);
    await add({ group: 'ada', id: 'two' }, 'digest');

    const { body: page } = await api.call('GET', `/v1/queues/${queue}/jobs?state=waiting`);

    expect(shown.body).to.deep.include({ state: 'waiting' });
    expect(shown.body['options']).to.deep.include({ group: { name: 'ada', size: null } });
    expect(counted).to.include({ grouped: 1 });
    expect(page['jobs'])
      .to.have.nested.property('[0].options.group')
      .that.deep.equals({ name: 'ada', size: 2 });
    expect((await api.call('GET', `/v1/queues/${queue}/jobs/one`)).status).to.equal(404);
  });

  it('answers 200 to the id of a job that was handed over just now', async () => {
    await add({ group: 'ada', id: 'one' }, 'digest');
    await add({ group: 'ada', id: 'two' }, 'digest');

    const { status, body } = await add({ group: 'ada', id: 'one', retries: 1 }, 'digest');

    expect(status).to.equal(200);
    expect(body).to.include({ id: 'one', created: false, state: null });
  });

  it('removes and cancels a job that waits in a group', async () => {
    await add({ group: 'ada', id: 'one' });
    await add({ group: 'ada', id: 'two' });

    const removed = await api.call('DELETE', `/v1/queues/${queue}/jobs/one`);
    const cancelled = await api.call('POST', `/v1/queues/${queue}/jobs/two/cancel`);

    expect(removed).to.deep.include({ status: 200, body: { id: 'one', removed: true, state: 'waiting' } });
    expect(cancelled.body).to.include({ id: 'two', cancelled: true, was: 'waiting' });
    expect(await groups()).to.deep.equal([]);
  });
});

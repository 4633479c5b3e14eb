import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { apiary } from '../../support/command-line.ts';

describe('whether events are written for good', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const put = async (body: object) =>
    (await api.call('PUT', `/v1/queues/${queue}/events/recording`, { body })).body;
  const get = async () => (await api.call('GET', `/v1/queues/${queue}/events/recording`)).body;
  const keys = () => api.client.keys(`bq:${queue}:*`);

  it('is said and changed over HTTP, and noted', async () => {
    expect(await get()).to.deep.equal({ queue, recorded: false });
    expect(await put({ recorded: true })).to.deep.equal({ queue, recorded: true, changed: true });
    expect(await put({ recorded: true })).to.include({ changed: false });
    expect(await get()).to.deep.equal({ queue, recorded: true });
    await api.call('POST', '/v1/jobs', { body: { type: 'raw', data: 1, options: { queue } } });
    expect(await api.client.xlen(`bq:${queue}:eventLog`)).to.equal(2);

    expect(await put({ recorded: false })).to.deep.equal({ queue, recorded: false, changed: true });
    expect(await api.client.pttl(`bq:${queue}:eventLog`)).to.be.within(1, 300_000);
    const { entries } = (await api.call('GET', `/v1/audit?queue=${queue}`)).body as {
      entries: { action: string }[];
    };
    expect(entries.map(({ action }) => action)).to.deep.equal(Array(3).fill('record events'));
  });

  it('makes no log where they are to lapse that nobody wants', async () => {
    expect(await put({ recorded: false })).to.include({ recorded: false, changed: false });
    expect(await keys()).to.deep.equal([]);
  });

  it('takes no longer while somebody listens than it is said', async () => {
    const stream = await api.inspector.events.open(queue, null);
    await api.client.pexpire(`bq:${queue}:eventLog`, 1_000_000);
    await put({ recorded: false });
    stream.close();

    expect(await api.client.pttl(`bq:${queue}:eventLog`)).to.be.above(300_000);
  });

  it('is true or false', async () => {
    for (const body of [{}, { recorded: 'yes' }, { recorded: null }, { recorded: true, more: 1 }, []])
      expect((await api.call('PUT', `/v1/queues/${queue}/events/recording`, { body })).status).to.equal(422);
    expect(await keys()).to.deep.equal([]);
  });

  it('is changed in a terminal', async () => {
    expect(await apiary(['events', queue, '--record', 'on'])).to.include({ code: 3 });
    await api.call('POST', '/v1/jobs', { body: { type: 'raw', data: 1, options: { queue } } });

    expect((await apiary(['events', queue, '--record', 'on'])).out).to.equal(
      `Events of queue ${queue} are kept for good.\n`,
    );
    expect(await get()).to.include({ recorded: true });
    expect((await apiary(['events', queue, '--record', 'off', '--dry-run'])).code).to.equal(0);
    expect(await get()).to.include({ recorded: true });
    expect((await apiary(['events', queue, '--record', 'off'])).code).to.equal(0);
    expect(await get()).to.include({ recorded: false });
    expect(await apiary(['events', '--record', 'on'])).to.include({ code: 2 });
  });
});

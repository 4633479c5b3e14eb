import { hostname } from 'node:os';
import { expect } from 'chai';
import { type SpecApi, startApi } from '../../support/api.ts';
import { apiary } from '../../support/command-line.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

describe('live workers that are told how much to run', () => {
  let api: SpecApi;
  let rig: SpecWorkers;
  let id: string;

  beforeEach(async () => {
    api = await startApi();
    rig = openWorkers();
    await rig.worker({ handlers: [rig.handler(() => 'done')] }).start();
    const ours = async () =>
      (await api.inspector.workers()).find(({ queues }) => queues[0]?.name === rig.queue)?.id;
    await until(async () => (await ours()) !== undefined, 'it has said that it is there');
    id = (await ours()) ?? '';
  });
  afterEach(async () => {
    await api.close();
    await rig.close();
  });

  const newest = async () => (await api.inspector.audit.list({ limit: 1 })).entries[0];

  it('are paused and resumed over HTTP, which is noted', async () => {
    const paused = await api.call('POST', `/v1/workers/${id}/pause`);
    const note = await newest();
    const resumed = await api.call('POST', `/v1/workers/${id}/resume`);

    const name = `${hostname()}:${process.pid}`;
    const worker = { id, name, status: 'paused', concurrency: 4, isHeeded: true };
    expect(paused).to.deep.include({ status: 200, body: { workers: [worker] } });
    expect(resumed).to.deep.include({ status: 200, body: { workers: [{ ...worker, status: 'running' }] } });
    expect(note).to.include({ action: 'pause worker', id, queue: null, through: 'api', outcome: 'done' });
    expect(note?.detail).to.equal(`${name} is paused`);
  });

  it('are given another concurrency over HTTP', async () => {
    const { status, body } = await api.call('PUT', `/v1/workers/${id}/concurrency`, {
      body: { concurrency: 9 },
    });
    const refused = await api.call('PUT', `/v1/workers/${id}/concurrency`, { body: { concurrency: 0 } });
    const unknown = await api.call('PUT', '/v1/workers/nobody/concurrency', { body: { concurrency: 9 } });

    expect([status, refused.status, unknown.status]).to.deep.equal([200, 422, 404]);
    expect(body['workers']).to.have.nested.property('0.concurrency', 9);
    expect(unknown.body['type']).to.equal('urn:apiary:problem:worker-not-found');
  });

  it('are told so by the command line, where none of their ids looks like an option', async () => {
    expect(id).to.match(/^[0-9a-f]{18}$/);
    const dry = await apiary(['workers', 'pause', id, '--dry-run']);
    const paused = await apiary(['workers', 'pause', id]);
    const more = await apiary(['workers', 'concurrency', id, '--to', '7', '--json']);
    const resumed = await apiary(['workers', 'resume', id]);

    const name = `${hostname()}:${process.pid}`;
    expect(dry).to.deep.include({ code: 0, out: `${name} would be told so\n` });
    expect(paused).to.deep.include({ code: 0, out: `${name} is paused\n` });
    expect(JSON.parse(more.out)).to.have.nested.property('workers[0].concurrency', 7);
    expect(resumed).to.deep.include({ code: 0, out: `${name} is taking jobs\n` });
  });

  it('are refused by the command line where it is not clear what is meant', async () => {
    const lines = [
      await apiary(['workers', 'stop', id]),
      await apiary(['workers', 'pause']),
      await apiary(['workers', 'concurrency', id]),
      await apiary(['workers', 'pause', id, '--to', '3']),
      await apiary(['workers', 'pause', 'nobody']),
    ];

    expect(lines.map(({ code }) => code)).to.deep.equal([2, 2, 2, 2, 3]);
    for (const { err } of lines) expect(err).to.match(/^apiary: .+\n$/);
  });
});

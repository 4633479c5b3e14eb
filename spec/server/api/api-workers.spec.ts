import { expect } from 'chai';
import { type SpecApi, startApi } from '../../support/api.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

/** A warning, or a problem with what it is about. */
type Told = Record<string, unknown>;

describe('adds of what no worker takes, over HTTP', () => {
  let api: SpecApi;
  let rig: SpecWorkers;

  beforeEach(async () => {
    api = await startApi({ warnings: true });
    rig = openWorkers();
  });
  afterEach(async () => {
    await api.close();
    await rig.close();
  });

  const job = (type: string, options: object = {}) => ({
    type,
    data: 1,
    options: { queue: rig.queue, ...options },
  });
  const post = (path: string, body: object) => api.call('POST', path, { body });
  const of = (body: Record<string, unknown>) =>
    ((body['warnings'] ?? []) as Told[]).map(({ code, queue, type }) => [code, queue, type]);
  const untilTaken = async (): Promise<void> => {
    await rig.worker({ handlers: [rig.handler(() => 'done')] }).start();
    await until(async () => {
      const { status } = await post('/v1/jobs', job('job', { requireWorker: true }));
      return status === 201;
    }, 'the worker has said what it takes');
  };

  it('are answered with what is lacking, one by one, in many, in chains and in batches', async () => {
    await untilTaken();
    const [taken, lost] = [job('job'), job('lost')];
    const one = await post('/v1/jobs', lost);
    const many = await post('/v1/jobs/batch', { jobs: [taken, lost, lost] });
    const chain = await post('/v1/chains', { jobs: [taken, lost] });
    const batch = await post('/v1/batches', { jobs: [taken], last: lost });

    const told = [['no-worker', rig.queue, 'lost']];
    expect([one, many, chain, batch].map(({ status }) => status)).to.deep.equal([201, 200, 201, 201]);
    expect([one, many, chain, batch].map(({ body }) => of(body))).to.deep.equal([told, told, told, told]);
    expect((many.body['results'] as Told[]).some((entry) => 'warnings' in entry)).to.equal(false);
    expect((await post('/v1/jobs', taken)).body).not.to.have.property('warnings');
    expect((await post('/v1/chains', { jobs: [taken] })).body).not.to.have.property('warnings');
  });

  it('are refused with 409 where a worker is required, and nothing is added', async () => {
    await untilTaken();
    const [taken, lost] = [job('job'), job('lost', { requireWorker: true })];
    const answers = [
      await post('/v1/jobs', lost),
      await post('/v1/chains', { jobs: [taken, lost] }),
      await post('/v1/batches', { jobs: [taken, lost], last: taken }),
      await post('/v1/batches', { jobs: [taken], last: lost }),
    ];

    for (const { status, body } of answers) {
      expect([status, body['type']]).to.deep.equal([409, 'urn:apiary:problem:no-worker']);
      expect(body['detail'])
        .to.contain('type lost')
        .and.to.contain(`queue ${rig.queue}`)
        .and.to.contain('start one');
    }
    const paths = answers.map(({ body }) => (body['errors'] as Told[]).map(({ path }) => path).join());
    expect(paths).to.deep.equal(['type', 'jobs.1.type', 'jobs.1.type', 'last.type']);
    expect(await rig.queries().counts()).to.include({ waiting: 0, delayed: 0 });
  });

  it('spoil their own entry of many alone', async () => {
    await untilTaken();
    const jobs = [job('job'), job('lost', { requireWorker: true }), job('lost')];
    const { status, body } = await post('/v1/jobs/batch', { jobs });

    const results = body['results'] as { created?: boolean; error?: Told }[];
    expect(status).to.equal(200);
    expect(results.map(({ created, error }) => created ?? error?.['status'])).to.deep.equal([
      true,
      409,
      true,
    ]);
  });

  it('take true or false for it, and schedules do not take it at all', async () => {
    for (const wrong of ['true', 1, null, []]) {
      const { status, body } = await post('/v1/jobs', job('job', { requireWorker: wrong }));
      expect([status, (body['errors'] as Told[])[0]?.['path']]).to.deep.equal([422, 'options.requireWorker']);
    }
    const put = await api.call('PUT', `/v1/queues/${rig.queue}/schedules/nightly`, {
      body: { type: 'job', data: 1, everyMs: 60_000, options: { requireWorker: true } },
    });
    expect(put.status).to.equal(422);
  });

  it('know the schema of a type that is known here', async () => {
    const { body } = await post('/v1/jobs', { type: 'email.send', data: { to: 'a@example.com' } });

    expect(of(body).map(([code]) => code)).to.deep.equal(['no-worker']);
  });
});

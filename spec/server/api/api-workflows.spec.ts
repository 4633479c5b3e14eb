import { expect } from 'chai';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('workflows over the API', () => {
  let api: SpecApi;
  let queue: string;

  beforeEach(async () => {
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(() => api.close());

  const step = (name: string, more: object = {}) => ({
    ...{ name, type: 'raw', data: 1, options: { queue } },
    ...more,
  });
  const post = (path: string, body: unknown = undefined) => api.call('POST', path, { body });
  const firstPath = (body: Record<string, unknown>) => (body['errors'] as { path: string }[])[0]?.path;
  const flow = { id: 'nightly', onFailure: 'stop' };
  const steps = () => [
    step('a'),
    step('b', { after: ['a'] }),
    step('c', { after: ['a', 'b'], when: 'ended' }),
  ];

  it('are added, read and listed', async () => {
    const added = await post('/v1/workflows', { ...flow, steps: steps() });
    const read = await api.call('GET', `/v1/queues/${queue}/workflows/nightly`);
    const listed = await api.call('GET', `/v1/queues/${queue}/workflows`);

    expect([added.status, added.body['id'], added.body['created']]).to.deep.equal([201, 'nightly', true]);
    expect(added.headers.get('location')).to.equal(`/v1/queues/${queue}/workflows/nightly`);
    expect(Object.keys(added.body['jobs'] ?? {})).to.deep.equal(['a', 'b', 'c']);
    expect(read.body).to.include({ state: 'running', onFailure: 'stop', total: 3, open: 3 });
    const shown = read.body['steps'] as { name: string; state: string; when: string; after: string[] }[];
    expect(shown.map(({ name, state, when, after }) => [name, state, when, after])).to.deep.equal([
      ['a', 'waiting', 'succeeded', []],
      ['b', 'awaiting', 'succeeded', ['a']],
      ['c', 'awaiting', 'ended', ['a', 'b']],
    ]);
    expect(listed.body['workflows']).to.have.length(1);
  });

  it('are added once under their id, and another one is refused', async () => {
    const first = await post('/v1/workflows', { ...flow, steps: steps() });

    const again = await post('/v1/workflows', { ...flow, steps: steps() });
    const other = await post('/v1/workflows', { ...flow, steps: [step('x')] });

    expect([again.status, again.body['created']]).to.deep.equal([200, false]);
    expect(again.body['jobs']).to.deep.equal(first.body['jobs']);
    expect(other.status).to.equal(409);
  });

  it('are cancelled, and what has failed of them is retried', async () => {
    await post('/v1/workflows', { ...flow, steps: steps() });

    const cancelled = await post(`/v1/queues/${queue}/workflows/nightly/cancel`);
    const after = await api.call('GET', `/v1/queues/${queue}/workflows/nightly`);
    const retried = await post(`/v1/queues/${queue}/workflows/nightly/retry`);

    expect(cancelled.body).to.deep.equal({ queue, id: 'nightly', cancelled: 1 });
    expect(after.body).to.include({ state: 'cancelled', open: 0 });
    expect(retried.body).to.deep.equal({ queue, id: 'nightly', retried: ['a'] });
    const audit = await api.call('GET', '/v1/audit');
    expect(JSON.stringify(audit.body)).to.include('cancel workflow').and.include('retry workflow');
  });

  it('run again from a step that has ended, and refuse one that has not', async () => {
    const { body } = await post('/v1/workflows', { ...flow, steps: steps().slice(0, 2) });
    const { id = '' } = (body['jobs'] as Record<string, { id: string }>)['a'] ?? {};
    const rerun = (step: string) => post(`/v1/queues/${queue}/workflows/nightly/rerun`, { step });
    const early = await rerun('a');
    await post(`/v1/queues/${queue}/jobs/${id}/archive`);

    const again = await rerun('a');

    expect([early.status, (await rerun('none')).status]).to.deep.equal([409, 404]);
    expect(again.body).to.deep.equal({ queue, id: 'nightly', steps: ['a', 'b'] });
    const after = await api.call('GET', `/v1/queues/${queue}/workflows/nightly`);
    expect(after.body).to.include({ state: 'running', open: 2, failed: 0 });
  });

  it('say why a step has not started', async () => {
    const { body } = await post('/v1/workflows', { ...flow, steps: steps() });
    const { id } = (body['jobs'] as Record<string, { id: string }>)['b'] ?? {};

    const why = await api.call('GET', `/v1/queues/${queue}/jobs/${id}/why`);

    expect(why.body['reasons']).to.deep.include({
      ...{ reason: 'awaits-steps', workflow: 'nightly', step: 'b', awaits: ['a'], pending: 1 },
      text: 'it is step b of workflow nightly, and comes when these have succeeded: a',
    });
  });

  it('are answered with 404 where there is none', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ] as const)
      expect((await api.call(method, `/v1/queues/${queue}/workflows/none${path}`)).status).to.equal(404);
  });

  for (const [name, wrong, path] of [
    ['none at all', () => [], 'steps'],
    [
      'a step after one that does not come before it',
      () => [step('a', { after: ['b'] }), step('b')],
      'steps.0.after',
    ],
    ['two of one name', () => [step('a'), step('a')], 'steps.a'],
    ['a name that cannot be', () => [step('a"b')], 'steps'],
    ['a rule that is none', () => [step('a'), step('b', { after: ['a'], when: 'never' })], 'steps.1.when'],
    ['a rule about nothing', () => [step('a', { when: 'any' })], 'steps.a.when'],
    ['wrong options', () => [step('a', { options: { queue, retries: -1 } })], 'steps.0.options.retries'],
    ['an unknown field', () => [step('a', { afer: [] })], 'steps.0.afer'],
  ] as const) {
    it(`refuse ${name}, and store nothing`, async () => {
      const { status, body } = await post('/v1/workflows', { steps: wrong() });

      expect([status, firstPath(body)]).to.deep.equal([422, path]);
      expect((await api.inspector.queue(queue)).counts.waiting).to.equal(0);
    });
  }

  describe('with workflows within them', () => {
    const part = (name: string, steps: readonly unknown[], more: object = {}) => ({ name, steps, ...more });
    const nested = (depth: number): object => part('in', [depth === 1 ? step('a') : nested(depth - 1)]);

    it('are added, read and run in their order', async () => {
      const payment = [
        step('charge'),
        part('papers', [step('bill'), step('send', { after: ['bill'] })], { after: ['charge'] }),
        step('refund', { after: ['papers'], when: 'failed', reads: ['charge'] }),
      ];
      const all = [
        step('check'),
        part('payment', payment, { after: ['check'] }),
        step('end', { after: ['payment'] }),
      ];

      const added = await post('/v1/workflows', { ...flow, steps: all });
      const again = await post('/v1/workflows', { ...flow, steps: all });

      expect([added.status, again.status, again.body['created']]).to.deep.equal([201, 200, false]);
      const names = [
        'check',
        'payment/charge',
        'payment/papers/bill',
        'payment/papers/send',
        'payment/refund',
        'end',
      ];
      expect(Object.keys(added.body['jobs'] ?? {})).to.deep.equal(names);
      const { body } = await api.call('GET', `/v1/queues/${queue}/workflows/nightly`);
      const parts = body['workflows'] as { name: string; after: string[]; within: string | null }[];
      expect(parts.map(({ name, after, within }) => [name, after, within])).to.have.deep.members([
        ['payment', ['check'], null],
        ['payment/papers', ['payment/charge'], 'payment'],
      ]);
    });

    it('may be ten deep', async () => {
      const { status, body } = await post('/v1/workflows', { steps: [nested(10)] });

      expect([status, Object.keys(body['jobs'] ?? {})]).to.deep.equal([201, [`${'in/'.repeat(10)}a`]]);
    });

    it('are refused far deeper than that as a step deeper', async () => {
      const text = `{"steps":[${'{"name":"in","steps":['.repeat(50_000)}${']}'.repeat(50_000)}]}`;

      for (const body of [{ steps: [nested(11)] }, text]) {
        const refused = await post('/v1/workflows', body);

        expect([refused.status, firstPath(refused.body)]).to.deep.equal([
          422,
          `steps.0${'.steps.0'.repeat(10)}`,
        ]);
        expect(refused.body['detail']).to.include('is nested too deep: at most 10');
      }
    });

    it('count their steps among all', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, at) => step(`s${at}`));
      const wide = Array.from({ length: 600 }, () => ({ name: 'x', steps: Array(1_000).fill(0) }));
      const put = (steps: readonly unknown[]) => post('/v1/workflows', { steps });

      expect((await put([part('a', many(500)), part('b', many(498))])).status).to.equal(201);
      const more = await put([part('a', many(500)), part('b', many(499))]);
      expect([more.status, firstPath(more.body)]).to.deep.equal([422, 'steps.1.steps.498']);
      expect(more.body['detail']).to.include('is one too many');
      expect(firstPath((await put(wide)).body)).to.equal('steps.0.steps.999');
    });

    it('say all that is wrong, each with its place, and store nothing', async () => {
      const steps = [
        part('p', [step('a', { nope: 1 }), part('q', [step('b'), step('c', { when: 'never' }), 7])]),
        step('d', { type: '' }),
        part('r', []),
        part('s', [step('e')], { type: 'raw' }),
      ];

      const { status, body } = await post('/v1/workflows', { steps });

      const paths = (body['errors'] as { path: string }[]).map(({ path }) => path);
      expect([status, paths]).to.deep.equal([
        422,
        [
          ...['steps.0.steps.0.nope', 'steps.0.steps.1.steps.1.when', 'steps.0.steps.1.steps.2'],
          ...['steps.1.type', 'steps.2.steps', 'steps.3.type'],
        ],
      ]);
      expect((await api.inspector.queue(queue)).counts.waiting).to.equal(0);
    });

    it('tell of a hundred faults at most', async () => {
      const { status, body } = await post('/v1/workflows', { steps: [part('p', Array(900).fill({}))] });

      expect([status, (body['errors'] as unknown[]).length]).to.deep.equal([422, 100]);
    });

    for (const [what, wrong, path] of [
      [
        'data that its type refuses',
        () => ({ name: 'a', type: 'email.send', data: { to: 'nobody' } }),
        '1.steps.1.data.to',
      ],
      ['an id of its own', () => step('a', { options: { queue, id: 'mine' } }), 'p/a.options.id'],
      ['a unique key', () => step('a', { options: { queue, unique: { key: 'k' } } }), 'p/a.options.unique'],
      ['a step that is not beside it', () => step('a', { after: ['first'] }), '1.steps.1.after'],
    ] as const) {
      it(`refuse ${what} in a part, with its place`, async () => {
        const steps = [step('first'), part('p', [step('x'), wrong()])];

        const { status, body } = await post('/v1/workflows', { steps });

        expect([status, firstPath(body)]).to.deep.equal([422, `steps.${path}`]);
      });
    }
  });
});

import { expect } from 'chai';
import { type SpecApi, startApi } from '../../support/api.ts';
import { API_BODIES } from '../../support/api-bodies.ts';
import { looksOf } from '../../support/every-call.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';

/** Whoever listens has the log of a queue kept for some minutes, also of one that is yet to come. */
const LISTENING: readonly string[] = ['followQueue', 'followJob'];
/** What is changed here is changed back by the pairs below, or is a job that was asked for. */
const SETTING: readonly string[] = ['pauseQueue', 'setLimits', 'setRecording', 'putSchedule'];

describe('calls about queues that nobody has used', () => {
  let redis: SpecRedis;
  let api: SpecApi;

  before(async () => {
    redis = await startRedis({ appendOnly: false });
    api = await startApi({ url: redis.url });
  });
  after(async () => {
    await api.close();
    await redis.stop();
  });
  beforeEach(() => api.client.flushdb());

  /** The keys of queues; who changed what is kept in one stream for all of them. */
  const keysLeft = async (): Promise<string[]> =>
    (await api.client.keys('*')).filter((key) => key !== 'bq:{:audit}');
  const call = (method: string, path: string, operationId: string) => {
    const body = method === 'GET' || method === 'HEAD' ? undefined : API_BODIES[operationId];
    return api.call(method, path.replace(/\{\w+\}/g, 'invented'), body === undefined ? {} : { body });
  };

  it('leave no key behind by looking', async () => {
    for (const { path, operationId } of api.routes.filter(({ method }) => method === 'get')) {
      await call('HEAD', path, operationId);
      if (!LISTENING.includes(operationId)) await call('GET', path, operationId);
      expect(await keysLeft(), operationId).to.deep.equal([]);
    }
  });

  it('leave no key behind by operations on what is not there', async () => {
    const operating = api.routes.filter(({ scope, method }) => scope === 'operate' && method !== 'get');
    for (const { path, method, operationId } of operating) {
      if (SETTING.includes(operationId)) continue;
      await call(method.toUpperCase(), path, operationId);
      expect(await keysLeft(), operationId).to.deep.equal([]);
    }
  });

  const of = '/v1/queues/invented';
  const job = { type: 'raw', data: 1 };
  const pairs: readonly [what: string, set: [string, string, object?], undo: [string, string]][] = [
    ['a pause', ['POST', `${of}/pause`], ['POST', `${of}/resume`]],
    ['limits of starts', ['PUT', `${of}/limits`, { concurrency: 1 }], ['DELETE', `${of}/limits`]],
    ['a limit of adds', ['PUT', `${of}/limits`, { maxWaiting: 1 }], ['DELETE', `${of}/limits`]],
    [
      'a schedule',
      ['PUT', `${of}/schedules/nightly`, { ...job, everyMs: 60_000 }],
      ['DELETE', `${of}/schedules/nightly`],
    ],
    [
      'a whole queue',
      ['POST', '/v1/jobs', { ...job, options: { queue: 'invented' } }],
      ['DELETE', `${of}?force=true`],
    ],
  ];
  for (const [what, [method, path, body], [undo, undoPath]] of pairs) {
    it(`leave no key behind by setting ${what} and undoing it`, async () => {
      const set = await api.call(method, path, body === undefined ? {} : { body });
      expect(set.status).to.be.oneOf([200, 201]);
      expect(await keysLeft()).to.not.deep.equal([]);

      expect((await api.call(undo, undoPath)).status).to.equal(200);

      expect(await keysLeft()).to.deep.equal([]);
    });
  }

  it('leave a key for some minutes by events that are recorded no more, as who listened may come back', async () => {
    await api.call('PUT', `${of}/events/recording`, { body: { recorded: true } });
    await api.call('PUT', `${of}/events/recording`, { body: { recorded: false } });

    expect(await keysLeft()).to.deep.equal(['bq:invented:eventLog']);
    expect(await api.client.pttl('bq:invented:eventLog')).to.be.within(0, 300_000);
  });

  it('leave no key behind by a call of the inspector that sets nothing', async () => {
    const setting = [
      'pause',
      'limits.set',
      'audit.record',
      'audit.keep',
      'failures.mark',
      'alerts.noteKinds',
    ];
    for (const [name, look] of looksOf(api.inspector).filter(([name]) => !setting.includes(name))) {
      await look().catch(() => undefined);
      expect(await keysLeft(), name).to.deep.equal([]);
    }
  });
});

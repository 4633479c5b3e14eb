import { expect } from 'chai';
import { ApiaryError } from '../../../lib/errors.ts';
import { type Checks, createHealth, NotReady } from '../../../lib/server/health/health.ts';
import { recordingLog } from '../../support/log.ts';

const holds = (): void => {};
const fails = (message: string) => (): never => {
  throw new NotReady(message);
};

describe('health', () => {
  it('is ready when every check holds', async () => {
    const health = createHealth({ checks: { redis: async () => {} }, roles: { worker: holds } });

    expect(await health.readiness()).to.deep.equal({ ready: true, checks: { redis: 'ok', worker: 'ok' } });
  });

  it('names what is missing', async () => {
    const health = createHealth({
      checks: { redis: holds },
      roles: { worker: fails('is quiet'), api: holds },
    });

    expect(await health.readiness()).to.deep.equal({
      ready: false,
      checks: { redis: 'ok', worker: 'is quiet', api: 'ok' },
    });
  });

  const refusal = Object.assign(new Error("NOPERM User 'shop' has no permissions to run 'ping'"), {
    name: 'ReplyError',
  });
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), { code: 'ECONNREFUSED' });
  for (const [what, error, shown] of [
    ['a refusal of Redis', refusal, 'NOPERM'],
    ['an error of the network', refused, 'ECONNREFUSED'],
    [
      'an error of ours',
      new ApiaryError('REDIS_UNAVAILABLE', 'no redis://10.0.0.1', { cause: refusal }),
      ': NOPERM',
    ],
    ['any other', new Error('no answer from redis://user:p@ss@10.0.0.1:6379'), 'failed; the log says why'],
    ['what is no error', 'secret', 'failed; the log says why'],
  ] as const) {
    it(`shows no more than the code of ${what}, and has the log tell all of it once`, async () => {
      const { log, records } = recordingLog();
      const health = createHealth({ checks: { redis: () => Promise.reject(error) }, log });

      const { checks } = await health.readiness();
      await health.readiness();

      expect(checks['redis']).to.include(shown);
      expect(JSON.stringify(checks)).to.not.match(/10\.0\.0\.1|shop|p@ss|secret/);
      expect(records.map(({ level, fields }) => [level, fields])).to.deep.equal([
        ['warn', { check: 'redis', err: error }],
      ]);
    });
  }

  it('does not wait for a check that never answers', async () => {
    const health = createHealth({ checks: { redis: () => new Promise(() => {}) } });

    expect(await health.readiness()).to.deep.equal({
      ready: false,
      checks: { redis: 'the check took longer than 1000 ms' },
    });
  });

  it('tells of one role by what all need and what it needs, whatever the others lack', async () => {
    const health = createHealth({
      checks: { redis: holds },
      roles: { worker: fails('is quiet'), api: holds },
    });

    expect(await health.readinessOf('api')).to.deep.equal({
      ready: true,
      checks: { redis: 'ok', api: 'ok' },
    });
    expect(await health.readinessOf('worker')).to.deep.equal({
      ready: false,
      checks: { redis: 'ok', worker: 'is quiet' },
    });
  });

  for (const role of ['monitor', 'redis', 'constructor', '__proto__', '']) {
    it(`tells nothing of ${JSON.stringify(role)}, which is no role here`, async () => {
      const health = createHealth({ checks: { redis: holds }, roles: { worker: holds } });

      expect(await health.readinessOf(role)).to.equal(null);
    });
  }

  it('asks the checks that there are at the moment', async () => {
    const checks: Checks = {};
    const roles: Checks = { worker: fails('is starting') };
    const health = createHealth({ checks, roles });
    const before = await health.readiness();

    roles['worker'] = holds;
    const between = await health.readiness();
    checks['process'] = fails('is shutting down');

    expect([before.ready, between.ready]).to.deep.equal([false, true]);
    expect(await health.readinessOf('worker')).to.deep.equal({
      ready: false,
      checks: { process: 'is shutting down', worker: 'ok' },
    });
  });

  it('is ready with a warning, and says none where there are none', async () => {
    const checks = { redis: holds };
    const warned = createHealth({ checks, warnings: () => ['it keeps nothing'] });
    const mute = createHealth({ checks, warnings: () => [] });

    expect(await warned.readiness()).to.deep.equal({
      ready: true,
      checks: { redis: 'ok' },
      warnings: ['it keeps nothing'],
    });
    expect(await mute.readiness()).to.deep.equal({ ready: true, checks: { redis: 'ok' } });
  });
});

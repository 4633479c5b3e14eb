import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import {
  type ConnectDeps,
  closeClient,
  connect,
  isReady,
  type RedisClient,
  type RedisRole,
} from '../../lib/redis/connect.ts';
import { toUnavailable } from '../../lib/redis/unavailable.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { type LogRecord, recordingLog, silentLog } from '../support/log.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const ROLES: RedisRole[] = ['commands', 'blocking', 'subscriber', 'requests'];

describe('connect', () => {
  let redis: SpecRedis;
  let clients: RedisClient[];
  let records: LogRecord[];
  let deps: ConnectDeps;

  const open = (role: RedisRole, url = redis.url): RedisClient => {
    const client = connect(parseRedisUrl(url), role, deps);
    clients.push(client);
    return client;
  };
  const ready = (client: RedisClient) => until(() => isReady(client), 'the connection was ready');
  const logged = (level: LogRecord['level']) => records.filter((record) => record.level === level);

  before(async () => {
    redis = await startRedis();
  });

  beforeEach(async () => {
    await redis.restart();
    clients = [];
    const recording = recordingLog();
    records = recording.records;
    deps = { log: recording.log };
  });

  afterEach(() => Promise.all(clients.map(closeClient)));

  after(() => redis.stop());

  for (const role of ROLES) {
    it(`names its ${role} connection`, async () => {
      const client = open(role);

      expect(await client.client('GETNAME')).to.equal(`apiary:${role}`);
    });
  }

  it('takes another name for the connection', async () => {
    deps = { ...deps, connectionName: 'apiary:blocking:mail' };

    expect(await open('blocking').client('GETNAME')).to.equal('apiary:blocking:mail');
  });

  it('uses the db of the URL', async () => {
    await open('commands', `${redis.url}/5`).set('where', 'five');

    expect(await open('commands', `${redis.url}/5`).get('where')).to.equal('five');
    expect(await open('commands').get('where')).to.equal(null);
  });

  for (const role of ROLES) {
    it(`works on no other database on ${role} than the one that the server has not got`, async () => {
      const client = open(role, `${redis.url}/16`);
      const answer = client.set('key', 'value').catch((error: Error) => error);
      await until(() => logged('warn').length > 0, 'it was logged');

      expect(await answer).to.include({ code: 'REDIS_UNAVAILABLE' });
      expect(isReady(client)).to.equal(false);
      expect(logged('warn')[0]?.fields).to.include({ code: 'ERR', reason: 'ERR DB index is out of range' });
      expect(await open('commands').get('key')).to.equal(null);
    });
  }

  it('logs in with user name and password', async () => {
    await open('commands').call('ACL', 'SETUSER', 'jo@hn', 'on', '>p:a/s%s', '+@all', '~*', '&*');

    const client = open('commands', `redis://jo%40hn:p%3Aa%2Fs%25s@127.0.0.1:${redis.port}`);

    expect(await client.call('ACL', 'WHOAMI')).to.equal('jo@hn');
  });

  for (const role of ROLES) {
    it(`connects on ${role} when a Redis that was away at the start appears`, async () => {
      await redis.kill();
      const client = open(role);
      await until(() => logged('warn').length > 0, 'the outage was logged');

      await redis.restart();
      await ready(client);

      expect(isReady(client)).to.equal(true);
    });
  }

  it('lets a command wait for a Redis that is away', async () => {
    await redis.kill();
    const answer = open('commands').set('waited', 'yes');
    await until(() => logged('warn').length > 0, 'the outage was logged');

    await redis.restart();

    expect(await answer).to.equal('OK');
  });

  it('goes on with a blocking command after Redis was killed and started again', async () => {
    const blocking = open('blocking');
    await ready(blocking);
    const moved = blocking.blmove('from', 'to', 'RIGHT', 'LEFT', 0);

    await redis.kill();
    await redis.restart();
    await open('commands').lpush('from', 'job');

    expect(await moved).to.equal('job');
  });

  it('hears messages again after Redis was killed and started again', async () => {
    const heard: string[] = [];
    const subscriber = open('subscriber');
    await subscriber.subscribe('news');
    subscriber.on('message', (_channel, message: string) => heard.push(message));

    await redis.kill();
    await redis.restart();
    const publisher = open('commands');
    await until(async () => (await publisher.publish('news', 'back')) === 1, 'the subscriber was back');
    await until(() => heard.length > 0, 'the message came');

    expect(heard).to.deep.equal(['back']);
  });

  it('logs an outage once, with target and code, and its end once', async () => {
    const client = open('commands', `redis://default:hunter2@127.0.0.1:${redis.port}`);
    await ready(client);
    let tries = 0;
    client.on('reconnecting', () => tries++);

    await redis.kill();
    await until(() => tries >= 5, 'it had tried five times');
    await redis.restart();
    await until(() => logged('info').length > 0, 'the end was logged');

    const fields = { target: `redis://127.0.0.1:${redis.port}/0`, role: 'commands' };
    expect(records).to.deep.equal([
      {
        level: 'warn',
        message: 'Redis is not reachable; trying again',
        fields: { ...fields, code: 'ECONNREFUSED' },
      },
      { level: 'info', message: 'Redis is back', fields },
    ]);
  });

  it('draws each pause from the whole range below a ceiling that doubles', async () => {
    await redis.kill();
    const pausesAt = async (chance: number): Promise<number[]> => {
      const pauses: number[] = [];
      const client = connect(parseRedisUrl(redis.url), 'commands', {
        ...deps,
        clock: { ...systemClock, random: () => chance },
      });
      clients.push(client);
      client.on('reconnecting', (pauseMs: number) => pauses.push(pauseMs));
      await until(() => pauses.length >= 4, 'it had tried four times');
      return pauses.slice(0, 4);
    };

    expect(await pausesAt(1)).to.deep.equal([50, 100, 200, 400]);
    expect(await pausesAt(0.1)).to.deep.equal([5, 10, 20, 40]);
  });

  it('waits out a failover: a refused write and a blocked command are sent again', async () => {
    const client = open('commands');
    const blocking = open('blocking');
    await Promise.all([ready(client), ready(blocking)]);
    const moved = blocking.blmove('from', 'to', 'RIGHT', 'LEFT', 0);
    const operator = open('commands');
    await until(
      async () => /blocked_clients:1/.test(await operator.info('clients')),
      'the command was blocked',
    );

    await operator.replicaof('127.0.0.1', 1);
    const pushed = client.lpush('from', 'job');
    await until(async () => /connected_clients/.test(await operator.info('clients')), 'the replica answered');
    await operator.replicaof('NO', 'ONE');

    expect(await pushed).to.equal(1);
    expect(await moved).to.equal('job');
  });

  it('rejects a request while Redis is away, which counts as unavailable', async () => {
    await redis.kill();

    const error: unknown = await open('requests')
      .ping()
      .catch((thrown) => thrown);

    expect(toUnavailable(error)).to.include({ code: 'REDIS_UNAVAILABLE', cause: error });
  });

  it('answers a request again once Redis is back', async () => {
    const client = open('requests');
    await redis.kill();
    await client.ping().catch(() => {});

    await redis.restart();
    await ready(client);

    expect(await client.ping()).to.equal('PONG');
  });

  it('rejects a refused write of a request and never sends it again', async () => {
    const operator = open('commands');
    const client = open('requests');
    await ready(client);
    await operator.replicaof('127.0.0.1', 1);

    const error: unknown = await client.set('late', 'yes').catch((thrown) => thrown);
    await operator.replicaof('NO', 'ONE');
    await ready(client);
    await client.ping();

    expect(toUnavailable(error)?.code).to.equal('REDIS_UNAVAILABLE');
    expect(await operator.get('late')).to.equal(null);
  });
});

describe('closeClient', () => {
  let redis: SpecRedis;
  let proxy: TcpProxy;
  let client: RedisClient;

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    proxy = await startProxy(redis.port);
    client = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'commands', { log: silentLog });
  });

  afterEach(async () => {
    client.disconnect();
    await proxy.close();
    await redis.stop();
  });

  const inStatus = (status: string) => until(() => client.status === status, `the connection was ${status}`);

  it('waits for the answers to what was sent', async () => {
    await inStatus('ready');
    const answer = client.ping();

    await closeClient(client);

    expect(await answer).to.equal('PONG');
    expect(client.status).to.equal('end');
  });

  it('closes a connection that is being opened', async () => {
    expect(client.status).to.equal('connecting');

    await closeClient(client);

    expect(client.status).to.equal('end');
  });

  it('closes between two tries, rejecting what waits', async () => {
    proxy.refuse(true);
    const refusal = client.ping().catch((error: Error) => error.message);
    await inStatus('reconnecting');

    await closeClient(client);

    expect(client.status).to.equal('end');
    expect(await refusal).to.equal('Connection is closed.');
  });

  it('closes when Redis hangs, rejecting what has no answer', async () => {
    await inStatus('ready');
    proxy.hang(true);
    const refusal = client.ping().catch((error: Error) => error.message);

    await closeClient(client);

    expect(client.status).to.equal('end');
    expect(await refusal).to.equal('Connection is closed.');
  });

  it('closes while Redis hangs in the middle of the handshake', async () => {
    proxy.hang(true);
    await inStatus('connect');

    await closeClient(client);

    expect(client.status).to.equal('end');
  });

  it('closes a connection that is blocked', async () => {
    await inStatus('ready');
    client.blpop('nothing', 0).catch(() => {});

    await closeClient(client);

    expect(client.status).to.equal('end');
  });

  it('is harmless twice, at once and after the end', async () => {
    await inStatus('ready');

    await Promise.all([closeClient(client), closeClient(client)]);
    await closeClient(client);

    expect(client.status).to.equal('end');
  });
});

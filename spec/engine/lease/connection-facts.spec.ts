import { lookup } from 'node:dns';
import { expect } from 'chai';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { connectionFacts, openConnection } from '../../../lib/engine/lease/connection-facts.ts';
import { closeClient } from '../../../lib/redis/connect.ts';
import { redisUrl } from '../../support/redis.ts';

describe('connectionFacts', () => {
  const made: (Redis | Cluster)[] = [];
  const redis = (options: Omit<RedisOptions, 'replyMapping'>): Redis => {
    const client = new Redis({ ...options, lazyConnect: true });
    made.push(client);
    return client;
  };
  const cluster = (options: object): Cluster => {
    const client = new Cluster([{ host: 'a', port: 1 }], { lazyConnect: true, ...options });
    made.push(client);
    return client;
  };
  afterEach(() => {
    for (const client of made.splice(0)) client.disconnect();
  });

  it('are where it is and who we are there, and nothing of how it is dealt with', () => {
    const tls = { ca: 'a certificate', servername: 'redis.example' };
    const login = { host: 'redis.example', port: 7_000, db: 3, username: 'ada', password: 'secret', tls };

    const facts = connectionFacts(redis({ ...login, commandTimeout: 5, maxRetriesPerRequest: 1 }));

    expect(facts).to.have.property('kind', 'single');
    expect(facts?.options).to.deep.include(login);
    expect(facts?.options).to.not.have.any.keys('commandTimeout', 'maxRetriesPerRequest', 'retryStrategy');
  });

  it('name the Sentinels and their primary', () => {
    const sentinel = { sentinels: [{ host: 's', port: 26_379 }], name: 'main', sentinelPassword: 'secret' };

    expect(connectionFacts(redis(sentinel))?.options).to.deep.include(sentinel);
  });

  it('name the nodes of a cluster', () => {
    const facts = connectionFacts(cluster({ redisOptions: { password: 'secret' } }));

    expect(facts).to.deep.include({ kind: 'cluster', nodes: [{ host: 'a', port: 1 }] });
    expect(facts?.options).to.deep.equal({ password: 'secret' });
  });

  it('are null where a function says how to connect', () => {
    const nobody = (): undefined => undefined;

    expect(connectionFacts(redis({ tls: { checkServerIdentity: nobody } }))).to.equal(null);
    expect(connectionFacts(cluster({ dnsLookup: nobody }))).to.equal(null);
    expect(connectionFacts(cluster({ natMap: nobody }))).to.equal(null);
    expect(connectionFacts(cluster({ dnsLookup: lookup }))).to.not.equal(null);
  });

  it('lead to the same Redis', async () => {
    const client = new Redis(redisUrl());
    made.push(client);
    const facts = connectionFacts(client);
    const other = facts ? openConnection(facts, 'spec:other') : expect.fail('it cannot be told');

    expect(await other.call('CLIENT', 'GETNAME')).to.equal('spec:other');
    expect(await other.echo('hello')).to.equal('hello');
    await closeClient(other);
  });
});

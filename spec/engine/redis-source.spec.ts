import { createRequire } from 'node:module';
import { expect } from 'chai';
import { isRedisClient, readRedisSource } from '../../lib/engine/redis-source.ts';
import { ApiaryError } from '../../lib/errors.ts';

describe('readRedisSource', () => {
  it('takes the options of ioredis as they are', () => {
    const options = { host: 'h', port: 1, db: 2, sentinels: [], name: 'n', keyPrefix: 'p:' };

    expect(readRedisSource(options)).to.deep.equal({ kind: 'options', options });
  });

  it("takes bee-queue's socket and options", () => {
    expect(readRedisSource({ socket: '/s.sock', db: 1, options: {} })).to.deep.equal({
      kind: 'options',
      options: { path: '/s.sock', db: 1 },
    });
  });

  it('takes a path, a URL, and a URL among options', () => {
    expect(readRedisSource('/s.sock')).to.deep.equal({ kind: 'options', options: { path: '/s.sock' } });
    expect(readRedisSource('redis://h:7/1')).to.deep.include({ kind: 'standalone' });
    expect(readRedisSource({ url: 'redis://h:7/1', connectTimeout: 5 })).to.deep.equal({
      kind: 'options',
      options: { connectTimeout: 5, host: 'h', port: 7, db: 1 },
    });
  });

  const strangers: [string, unknown, RegExp][] = [
    ['a node_redis 3 client', nodeRedisClient(), /client of another library/],
    ['something that sends commands', { sendCommand() {}, options: {} }, /sendCommand, which ioredis/],
    ['a client of a class', new (class Client {})(), /a Client/],
    ['the options of node-redis 4', { socket: { host: 'h', port: 1 } }, /socket is not a path/],
    ['the nodes of a cluster', { rootNodes: [] }, /rootNodes, which ioredis/],
    ['a misspelt host', { hostname: 'h' }, /hostname, which ioredis/],
    ['a number', 6379, /not 6379/],
    ['an array', [], /not a Array/],
    ['null', null, /not null/],
    ['a URL of something else', 'http://h', /redis-cluster/],
    ['a db that is no number', { db: 'one' as unknown as number }, /db is no number/],
    [
      'TLS that Sentinel mode does not use',
      { sentinels: [{ host: 'h' }], name: 'n', tls: {} },
      /is not used/,
    ],
    ['Sentinels without a name', { sentinels: [{ host: 'h' }] }, /no name of the primary/],
    ['a cluster among options', { url: 'redis-cluster://h:1', db: 1 }, /among other options/],
  ];
  for (const [what, source, message] of strangers) {
    it(`refuses ${what} instead of going to localhost`, () => {
      expect(() => readRedisSource(source))
        .to.throw(ApiaryError, message)
        .with.property('code', 'CONFIG_INVALID');
    });
  }

  it('knows a client of ioredis by what it can do', () => {
    const client = { defineCommand() {}, duplicate() {}, pipeline() {}, disconnect() {} };

    expect(isRedisClient(client)).to.equal(true);
    expect(isRedisClient(nodeRedisClient())).to.equal(false);
    expect(isRedisClient(null)).to.equal(false);
  });
});

/** One that never dials: node_redis connects in its constructor, so only its prototype is asked for. */
function nodeRedisClient(): unknown {
  // bee-queue's own: another version may stand beside it.
  const ofBee = createRequire(createRequire(import.meta.url).resolve('bee-queue'));
  const { RedisClient } = ofBee('redis') as { RedisClient: { prototype: object } };
  return Object.create(RedisClient.prototype);
}

import { expect } from 'chai';
import { ApiaryError } from '../../lib/errors.ts';
import { describeTarget, parseRedisUrl } from '../../lib/redis/url.ts';

describe('parseRedisUrl', () => {
  it('reads host, port and db of a standalone Redis', () => {
    const target = parseRedisUrl('redis://cache.example:6380/3');

    expect(target).to.deep.equal({
      kind: 'standalone',
      options: { host: 'cache.example', port: 6380, db: 3 },
    });
  });

  it('takes port 6379 and db 0 where the URL names none', () => {
    const target = parseRedisUrl('redis://cache.example');

    expect(target).to.deep.equal({
      kind: 'standalone',
      options: { host: 'cache.example', port: 6379, db: 0 },
    });
  });

  it('decodes user name and password', () => {
    const target = parseRedisUrl('redis://jo%40hn:p%3Aa%2Fs%25s@h');

    expect(target.options).to.include({ username: 'jo@hn', password: 'p:a/s%s' });
  });

  it('reads a password without a user name', () => {
    const target = parseRedisUrl('redis://:secret@h');

    expect(target.options).to.include({ password: 'secret' }).and.not.have.property('username');
  });

  it('turns on TLS for rediss', () => {
    expect(parseRedisUrl('rediss://h').options).to.deep.include({ tls: {} });
    expect(parseRedisUrl('redis://h').options).to.not.have.property('tls');
  });

  it('reads an IPv6 host in brackets', () => {
    expect(parseRedisUrl('redis://[::1]:7000').options).to.include({ host: '::1', port: 7000 });
  });

  for (const url of ['redis-socket:/run/my%20redis.sock?db=2', 'redis-socket:///run/my%20redis.sock?db=2']) {
    it(`reads path and db of ${url}`, () => {
      expect(parseRedisUrl(url)).to.deep.equal({
        kind: 'standalone',
        options: { path: '/run/my redis.sock', db: 2 },
      });
    });
  }

  it('reads the credentials of a socket', () => {
    const target = parseRedisUrl('redis-socket://me:secret@/run/redis.sock');

    expect(target.options).to.deep.equal({
      path: '/run/redis.sock',
      username: 'me',
      password: 'secret',
      db: 0,
    });
  });

  it('reads Sentinels, master, credentials and db', () => {
    const target = parseRedisUrl('redis-sentinel://me:secret@s1:5000,s2/4?master=main');

    expect(target).to.deep.equal({
      kind: 'sentinel',
      options: {
        sentinels: [
          { host: 's1', port: 5000 },
          { host: 's2', port: 26379 },
        ],
        name: 'main',
        username: 'me',
        password: 'secret',
        db: 4,
      },
    });
  });

  it('reads the nodes and credentials of a cluster', () => {
    const target = parseRedisUrl('redis-cluster://me:secret@n1:7001,n2');

    expect(target).to.deep.equal({
      kind: 'cluster',
      nodes: [
        { host: 'n1', port: 7001 },
        { host: 'n2', port: 6379 },
      ],
      options: { username: 'me', password: 'secret' },
    });
  });

  const malformed: [why: string, url: string][] = [
    ['an unknown scheme', 'http://me:hunter2@h'],
    ['no scheme', 'hunter2@h:6379'],
    ['an empty text', ''],
    ['no host', 'redis://me:hunter2@'],
    ['a port that is none', 'redis://me:hunter2@h:x'],
    ['a port that is too high', 'redis://me:hunter2@h:65536'],
    ['a db that is none', 'redis://me:hunter2@h/one'],
    ['a slash in the password', 'redis://me:hun/ter2@h'],
    ['a question mark in the password', 'redis://me:hun?ter2@h'],
    ['a broken percent-escape', 'redis://me:hunter2%@h'],
    ['two hosts of a standalone Redis', 'redis://me:hunter2@h1,h2'],
    ['an unknown parameter', 'redis://me:hunter2@h?family=6'],
    ['a user name without a password', 'redis://hunter2@h'],
    ['a relative socket path', 'redis-socket://run/redis.sock'],
    ['Sentinels without a master', 'redis-sentinel://me:hunter2@s1'],
    ['a db in a cluster', 'redis-cluster://me:hunter2@n1/1'],
  ];
  for (const [why, url] of malformed) {
    it(`refuses ${why}, showing nothing of the URL`, () => {
      expect(() => parseRedisUrl(url))
        .to.throw(ApiaryError)
        .that.satisfies(
          ({ code, message, cause }: ApiaryError) =>
            code === 'CONFIG_INVALID' && !/hun|ter2/.test(message) && cause === undefined,
        );
    });
  }

  it('says which form the scheme asks for', () => {
    expect(() => parseRedisUrl('redis-sentinel://s1')).to.throw(/\?master=name: master is missing$/);
  });
});

describe('describeTarget', () => {
  const described: [url: string, text: string][] = [
    ['redis://me:hunter2@h', 'redis://h:6379/0'],
    ['rediss://me:hunter2@[::1]:7000/2', 'rediss://[::1]:7000/2'],
    ['redis-socket://me:hunter2@/run/redis.sock?db=1', 'redis-socket:///run/redis.sock?db=1'],
    [
      'redis-sentinel://me:hunter2@s1,s2:5000/1?master=main',
      'redis-sentinel://s1:26379,s2:5000/1?master=main',
    ],
    ['redis-cluster://me:hunter2@n1,n2:7001', 'redis-cluster://n1:6379,n2:7001'],
  ];
  for (const [url, text] of described) {
    it(`names ${text} without credentials`, () => {
      expect(describeTarget(parseRedisUrl(url))).to.equal(text);
    });
  }
});

import { expect } from 'chai';
import { redisFactsOf } from '../../../../lib/server/pages/overview/redis-facts.ts';

describe('the facts of Redis', () => {
  it('are read off its INFO', () => {
    const info = [
      '# Server',
      'redis_version:7.4.1',
      'redis_mode:standalone',
      'uptime_in_seconds:90',
      '',
      '# Clients',
      'connected_clients:12',
      '# Memory',
      'used_memory:1048576',
      'maxmemory:2097152',
    ].join('\r\n');

    expect(redisFactsOf(info)).to.deep.equal({
      server: 'Redis 7.4.1',
      usedBytes: 1_048_576,
      mostBytes: 2_097_152,
      clients: 12,
      uptimeMs: 90_000,
      isClusterNode: false,
    });
  });

  it('name Valkey, which says which Redis it is like besides', () => {
    expect(redisFactsOf('redis_version:7.2.4\r\nvalkey_version:8.0.2').server).to.equal('Valkey 8.0.2');
  });

  it('tell no limit of memory where there is none, and a node of a cluster', () => {
    const facts = redisFactsOf('maxmemory:0\r\nredis_mode:cluster');

    expect([facts.mostBytes, facts.isClusterNode]).to.deep.equal([null, true]);
  });

  it('are not told where it says nothing', () => {
    expect(redisFactsOf('')).to.deep.equal({
      server: null,
      usedBytes: null,
      mostBytes: null,
      clients: null,
      uptimeMs: null,
      isClusterNode: false,
    });
  });
});

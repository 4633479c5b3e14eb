import { expect } from 'chai';
import { loadConfig } from '../lib/config.ts';
import { requireKnownServers } from '../lib/config-known-servers.ts';
import { refusal } from './support/refusal.ts';

describe('requireKnownServers', () => {
  const check = (roles: string) =>
    requireKnownServers(
      loadConfig({
        NODE_ENV: 'test',
        MONITOR_SOURCES: 'eu=redis://eu.example.com',
        OIDC_ROLES: roles,
      }),
    );

  it('takes those of MONITOR_SOURCES, and the own one', () => {
    expect(() => check('ops=operator@eu,all=viewer@redis+eu,every=viewer')).not.to.throw();
  });

  it('names what is none, and which there are', () => {
    const error = refusal(() => check('ops=operator@eu+us'));

    expect(error.code).to.equal('CONFIG_INVALID');
    expect(error.message).to.equal(
      'OIDC_ROLES gives rights on us, which is no Redis server here; allowed: redis, eu',
    );
  });
});

import { expect } from 'chai';
import { MonitorSessions } from '../../lib/inspector/monitor-sessions.ts';
import { openMonitor, type SpecMonitor } from '../support/monitor.ts';

const ISSUER = 'https://login.example.com';
const SESSION = { subject: 's', name: 'grace', groups: ['ops'] };

describe('the sessions of the monitor', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  it('can all be ended, also those that last longer than one that began later', async () => {
    const now = Date.now();
    const sessions = new MonitorSessions({ client: monitor.client, prefix: monitor.prefix });
    const times = { issuer: ISSUER, idleMs: 60_000, now };
    await sessions.begin('long', { ...times, session: { ...SESSION, endsAt: now + 600_000 } });
    // As if its time had come meanwhile.
    await sessions.begin('short', { ...times, session: { ...SESSION, endsAt: now - 1 } });

    expect(await sessions.endAll(SESSION.subject)).to.equal(2);
    expect(await sessions.use('long', times)).to.equal(null);
  });

  it('are those of one provider: who has signed in by another is somebody else', async () => {
    const now = Date.now();
    const sessions = new MonitorSessions({ client: monitor.client, prefix: monitor.prefix });
    const use = { issuer: ISSUER, idleMs: 60_000, now };
    const session = { ...SESSION, endsAt: now + 600_000 };
    await sessions.begin('own', { ...use, session });

    expect(await sessions.use('own', { ...use, issuer: 'https://other.example.com' })).to.equal(null);
    expect(await sessions.use('own', use)).to.deep.equal({ issuer: ISSUER, ...session });
  });
});

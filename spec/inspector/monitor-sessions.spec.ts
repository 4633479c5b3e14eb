import { expect } from 'chai';
import { MonitorSessions } from '../../lib/inspector/monitor-sessions.ts';
import { openMonitor, type SpecMonitor } from '../support/monitor.ts';

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
    const times = { idleMs: 60_000, now };
    await sessions.begin('long', { ...times, session: { ...SESSION, endsAt: now + 600_000 } });
    // As if its time had come meanwhile.
    await sessions.begin('short', { ...times, session: { ...SESSION, endsAt: now - 1 } });

    expect(await sessions.endAll(SESSION.subject)).to.equal(2);
    expect(await sessions.use('long', times)).to.equal(null);
  });
});

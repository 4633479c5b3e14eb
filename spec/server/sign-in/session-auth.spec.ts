import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import { systemClock } from '../../../lib/clock.ts';
import { MonitorSessions } from '../../../lib/inspector/monitor-sessions.ts';
import { createHealth } from '../../../lib/server/health/health.ts';
import { listen } from '../../../lib/server/listen.ts';
import { createMetrics } from '../../../lib/server/metrics/metrics.ts';
import { createMonitor } from '../../../lib/server/monitor/monitor.ts';
import { basicAuth } from '../../../lib/server/monitor/monitor-auth.ts';
import type { MonitorUser } from '../../../lib/server/monitor/password-check.ts';
import { sessionAuth } from '../../../lib/server/sign-in/session-auth.tsx';
import { silentLog } from '../../support/log.ts';
import { openMonitor, type SpecMonitor } from '../../support/monitor.ts';
import { monitorUser, signedIn } from '../../support/monitor-users.ts';

const SETTINGS = {
  ...{ issuer: 'http://127.0.0.1:1', clientId: 'apiary', clientSecret: 'a-secret-of-the-specs' },
  ...{ redirectUrl: 'http://127.0.0.1:1/sign-in/callback', scope: 'openid', roleClaim: 'groups' },
  ...{ roles: [], idleMs: 60_000, longestMs: 600_000 },
};

describe('signing in by a provider beside users whose settings are read again', () => {
  let monitor: SpecMonitor;
  let users: readonly MonitorUser[];

  beforeEach(async () => {
    monitor = await openMonitor();
    users = [monitorUser('ada', 'operator')];
  });
  afterEach(() => monitor.close());

  const current = {
    get users() {
      return users;
    },
    log: silentLog,
  };
  const statusOf = async (handler: RequestListener, headers: Record<string, string>): Promise<number> => {
    const where = { role: 'monitor', host: '127.0.0.1', port: 0, variable: 'MONITOR_PORT' } as const;
    const server = await listen({ ...where, handler });
    try {
      return (await fetch(`http://127.0.0.1:${server.port}/metrics`, { headers })).status;
    } finally {
      await server.close(0);
    }
  };

  it('lets nobody in any more who was taken out, and who was put in', async () => {
    const { inspector, producer, client } = monitor;
    const sessions = new MonitorSessions({ client, prefix: `spec-${randomUUID()}` });
    const handler = createMonitor({
      ...{ inspector, producer, definitions: new Map(), log: silentLog },
      ...{ metrics: createMetrics({ inspector, log: silentLog }), health: createHealth({ checks: {} }) },
      get users() {
        return users;
      },
      signIn: { settings: SETTINGS, sessions, clock: systemClock },
    });

    expect(await statusOf(handler, signedIn('ada'))).to.equal(200);
    users = [monitorUser('grace', 'viewer')];
    expect(await statusOf(handler, signedIn('ada'))).to.equal(401);
    expect(await statusOf(handler, signedIn('grace'))).to.equal(200);
    users = [];
    expect(await statusOf(handler, signedIn('grace'))).to.equal(401);
  });

  it('lets nobody in whose session is being read while the last of them is taken out', async () => {
    class TakingOut extends MonitorSessions {
      override async use(): Promise<null> {
        users = [];
        return null;
      }
    }
    const auth = sessionAuth({
      ...{ settings: SETTINGS, clock: systemClock },
      sessions: new TakingOut({ client: monitor.client, prefix: monitor.prefix }),
      byPassword: basicAuth(current),
      namesWithPassword: () => users.map(({ name }) => name),
    });
    const handler = express().use(auth, (_req, res) => void res.send('in'));

    expect(await statusOf(handler, { Cookie: 'apiary-session=x' })).to.equal(401);
  });
});

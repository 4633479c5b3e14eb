import { expect } from 'chai';
import express from 'express';
import { type Listener, listen } from '../../../lib/server/listen.ts';
import { hashPassword } from '../../../lib/server/monitor/password-hash.ts';
import { requirePermission } from '../../../lib/server/monitor/permissions.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

describe('requirePermission', () => {
  let listener: Listener;

  afterEach(() => listener.close(0));

  async function serve(readOnly: boolean, canChange?: boolean): Promise<string> {
    const handler = express().disable('x-powered-by');
    handler.use((_req, res, next) => {
      if (canChange !== undefined) res.locals['canChange'] = canChange;
      next();
    });
    handler.use(requirePermission({ readOnly: readOnly ? 'this monitor is read-only' : null }));
    handler.use((_req, res) => res.json(res.locals['canChange']));
    listener = await listen({
      handler,
      role: 'monitor',
      host: '127.0.0.1',
      port: 0,
      variable: 'MONITOR_PORT',
    });
    return `http://127.0.0.1:${listener.port}/`;
  }

  for (const [who, canChange] of [
    ['nobody in particular', undefined],
    ['an operator', true],
    ['a viewer', false],
  ] as const) {
    for (const readOnly of [false, true]) {
      const may = canChange !== false && !readOnly;

      it(`lets ${who} ${may ? 'change' : 'only look'}${readOnly ? ' in read-only mode' : ''}`, async () => {
        const url = await serve(readOnly, canChange);

        const answers = await Promise.all(
          ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) =>
            fetch(url, { method }),
          ),
        );

        const changed = may ? 200 : 403;
        expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, ...Array(5).fill(changed)]);
        expect(await answers[0]?.json()).to.equal(may);
      });
    }
  }
});

describe('the monitor in read-only mode', () => {
  let monitor: SpecMonitor;

  afterEach(() => monitor.close());

  it('shows everything and changes nothing, for whoever it is', async () => {
    const users = [{ name: 'otto', passwordHash: await hashPassword('steering'), role: 'operator' as const }];
    monitor = await openMonitor({ users, readOnly: true });
    const headers = {
      Authorization: `Basic ${Buffer.from('otto:steering').toString('base64')}`,
      'X-Requested-With': 'XMLHttpRequest',
    };

    const page = await monitor.fetch('/arena/', { headers });
    const change = await monitor.fetch(`/arena/api/queue/redis/${QUEUE}/pause`, { method: 'PUT', headers });

    expect(page.status).to.equal(200);
    expect(change.status).to.equal(403);
    expect(await change.json()).to.include({ detail: 'this monitor is read-only' });
    expect((await monitor.inspector.queue(QUEUE)).paused).to.equal(null);
  });

  it('changes nothing without users either', async () => {
    monitor = await openMonitor({ readOnly: true });

    expect((await monitor.send('PUT', `/arena/api/queue/redis/${QUEUE}/pause`)).status).to.equal(403);
    expect((await monitor.inspector.queue(QUEUE)).paused).to.equal(null);
  });
});

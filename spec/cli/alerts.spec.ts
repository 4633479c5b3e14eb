import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { alertsKey } from '../../lib/engine/keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { closeClient, type RedisClient } from '../../lib/redis/connect.ts';
import { storeAlerts, storedAlert } from '../support/alerts.ts';
import { apiary } from '../support/command-line.ts';
import { openRequests } from '../support/redis.ts';

describe('apiary alerts', () => {
  let client: RedisClient;
  let prefix: string;

  beforeEach(() => {
    client = openRequests();
    prefix = `spec-${randomUUID()}`;
  });
  afterEach(async () => {
    await client.del(alertsKey(prefix));
    await closeClient(client);
  });

  it('says that nobody looks where nobody does', async () => {
    const { code, out } = await apiary(['alerts', '--prefix', prefix]);
    expect({ code, out }).to.deep.equal({
      code: 0,
      out: 'nobody looks: no process has ALERT_WEBHOOK_URL\n',
    });
  });

  it('lists what fires, the critical first, and harms no screen', async () => {
    const warning = storedAlert({ rule: 'failing', summary: 'Jobs fail \u001b[2J' });
    await storeAlerts(new Inspector({ client, prefix }), [warning, storedAlert({ queue: null })], 2);
    const { out } = await apiary(['alerts', '--prefix', prefix], {});

    expect(out).to.match(
      /^SEVERITY +RULE +QUEUE[^\n]*\ncritical +queue-old +-[^\n]*\nwarning +failing +mail/,
    );
    expect(out).to.include('2 more were found than are kept').and.include('looked at last');
    expect(out).not.to.include('\u001b');
  });
});

import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { auditKey } from '../../../lib/engine/keys.ts';
import { keepAudit } from '../../../lib/server/monitor/audit-keeper.ts';
import { silentLog } from '../../support/log.ts';
import { openMonitor, type SpecMonitor } from '../../support/monitor.ts';
import { until } from '../../support/wait.ts';

describe('keeping the audit', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });
  afterEach(() => monitor.close());

  it('says at once what is kept, and removes what gets too old though nothing is written', async () => {
    const { client, prefix, inspector } = monitor;
    const keep = { count: 500, days: 7 };
    const loop = keepAudit({ inspector, keep, log: silentLog, clock: systemClock, intervalMs: 5 });
    await until(async () => (await inspector.audit.kept()).days === 7, 'it is said');
    await client.xadd(auditKey(prefix), '1000-0', 'by', 'ada', 'action', 'retry');
    await until(async () => (await client.xlen(auditKey(prefix))) === 0, 'the old note is removed');
    await loop.stop();

    expect(await inspector.audit.kept()).to.deep.equal(keep);
  });

  it('leaves nothing in Redis for the usual', async () => {
    const { client, prefix, inspector } = monitor;
    const keep = { count: 10_000, days: null };
    await keepAudit({ inspector, keep, log: silentLog, clock: systemClock }).stop();

    expect(await client.keys(`${prefix}:{:audit}*`)).to.deep.equal([]);
  });
});

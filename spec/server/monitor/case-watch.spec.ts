import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import type { Loop } from '../../../lib/loop.ts';
import { watchCases } from '../../../lib/server/monitor/case-watch.ts';
import { type LogRecord, recordingLog } from '../../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';
import { until } from '../../support/wait.ts';

const TOLD = 'a kind of failure that was resolved is seen again';

describe('the watch for failures that are seen again', () => {
  let monitor: SpecMonitor;
  let watches: Loop[];
  let records: LogRecord[];
  let intervalMs: number;

  beforeEach(async () => {
    monitor = await openMonitor();
    const { log, records: kept } = recordingLog();
    records = kept;
    intervalMs = 5;
    const watch = (): Loop =>
      watchCases({ inspector: monitor.inspector, log, clock: systemClock, intervalMs });
    watches = [watch(), watch(), watch()];
  });
  afterEach(async () => {
    await Promise.all(watches.map((watch) => watch.stop()));
    await monitor.close();
  });

  const told = (): LogRecord[] => records.filter(({ message }) => message === TOLD);
  const resolve = async (): Promise<string> => {
    const { groups } = await monitor.inspector.failures.groups(QUEUE);
    const { fingerprint = '' } = groups[0] ?? {};
    await monitor.inspector.failures.mark(QUEUE, fingerprint, { verdict: 'resolved', version: '2.0' }, 'ada');
    const at = (await monitor.inspector.failures.case(QUEUE, fingerprint))?.mark?.at ?? 0;
    const isLater = async () => Number((await monitor.client.time()).join('').slice(0, 13)) > at;
    await until(isLater, 'the clock of Redis has gone on');
    return fingerprint;
  };
  const notes = async () =>
    (await monitor.inspector.audit.list()).entries.filter(({ action }) => action === 'reopen failures');

  it('tells of each once, in the log and in the audit, however many monitors there are', async () => {
    await monitor.jobIn('failed');
    const fingerprint = await resolve();
    const id = await monitor.jobIn('failed');
    await until(async () => (await notes()).length > 0, 'it is told');
    await monitor.jobIn('failed');
    await resolve();
    const later = await monitor.jobIn('failed');
    await until(async () => (await notes()).length > 1, 'it is told again, once it was resolved anew');

    const entries = await notes();
    expect(entries.map(({ id: of }) => of)).to.deep.equal([fingerprint, fingerprint]);
    expect(entries[1]).to.include({ by: 'monitor', queue: QUEUE, outcome: 'done' });
    expect(entries[1]?.detail).to.include('ada said that it is resolved in version 2.0').and.include(id);
    expect(entries[0]?.detail).to.include(later);
    expect(told()).to.have.length(2);
    expect(told()[0]).to.deep.include({ level: 'warn' });
    expect(told()[0]?.fields).to.include({ queue: QUEUE, fingerprint, job: id });
  });

  it('goes on where a queue cannot be read', async () => {
    await monitor.client.set(`${monitor.prefix}:broken:caseMarks`, 'no hash');
    await monitor.client.hset(`${monitor.prefix}:broken:jobs`, 'x', '{}');
    monitor.inspector.census.forget();
    await monitor.jobIn('failed');
    await resolve();
    await monitor.jobIn('failed');

    await until(async () => (await notes()).length > 0, 'it is told of the other queue');
    expect(told()).to.have.length(1);
  });
});

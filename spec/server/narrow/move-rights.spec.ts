import { expect } from 'chai';
import { ApiaryError } from '../../../lib/errors.ts';
import { narrowedInspector } from '../../../lib/server/narrow/narrowed-inspector.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

describe('moving jobs by who has a right to some queues', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor({ looksForRuns: false });
  });
  afterEach(() => monitor.close());

  const withRights = (sees: string[], changes: string[]) => {
    const { inspector } = monitor;
    return narrowedInspector({ rights: { sees, changes }, open: inspector, closed: inspector });
  };
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => null,
      (error: unknown) => (error instanceof ApiaryError ? error.code : error),
    );

  it('takes a right to change both', async () => {
    const [id, other] = [await monitor.jobIn('waiting'), await monitor.jobIn('waiting')];
    const order = { operation: 'move', queue: QUEUE, state: 'waiting', to: 'slow' } as const;
    for (const inspector of [
      withRights([QUEUE], [QUEUE]),
      withRights([QUEUE, 'slow'], [QUEUE]),
      withRights(['slow', QUEUE], ['slow']),
    ]) {
      const { bulk, bulkRuns } = inspector;
      const calls = [
        inspector.move(QUEUE, id, { to: 'slow', by: 'ada' }),
        bulk.move(QUEUE, 'waiting', { to: 'slow', by: 'ada' }),
        bulkRuns.start('run', order, 'ada'),
        bulkRuns.start('run', { ...order, ids: [[QUEUE, id]] }, 'ada'),
        bulkRuns.countSome(order),
      ];
      for (const call of calls) expect(await codeOf(call)).to.equal('NOT_ALLOWED');
    }
    expect((await monitor.inspector.queue(QUEUE)).counts.waiting).to.equal(2);

    const inspector = withRights([QUEUE, 'slow'], [QUEUE, 'slow']);
    expect((await inspector.move(QUEUE, id, { to: 'slow', by: 'ada' })).done).to.equal(true);
    expect((await inspector.bulk.move(QUEUE, 'waiting', { to: 'slow', by: 'ada' })).done).to.equal(1);
    expect((await monitor.inspector.job('slow', other))?.state).to.equal('waiting');
    expect(await inspector.bulkRuns.start('run', order, 'ada')).to.equal(true);
  });

  it('shows a run to those alone who see both', async () => {
    const order = { operation: 'move', queue: QUEUE, state: 'waiting', to: 'slow' } as const;
    await monitor.inspector.bulkRuns.start('run', order, 'ada');
    expect(await withRights([QUEUE], [QUEUE]).bulkRuns.list()).to.deep.equal([]);
    expect(await withRights([QUEUE], [QUEUE]).bulkRuns.get('run')).to.equal(null);
    expect(await withRights([QUEUE, 'slow'], []).bulkRuns.list()).to.have.length(1);
  });
});

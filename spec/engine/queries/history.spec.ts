import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { leaveGroup } from '../../../lib/engine/groups/groups.ts';
import { pruneHistory, readHistory } from '../../../lib/engine/queries/history.ts';
import { rewriteRecord } from '../../../lib/engine/record/record.ts';
import { cancelJob } from '../../../lib/engine/repairs/cancel.ts';
import { archiveJob } from '../../../lib/engine/repairs/withdraw.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { join } from '../../support/group.ts';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 1, 1, 12);
const TODAY = NOON / DAY_MS - 0.5;

describe('the history of a queue', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const count = (field: string, times: number) => engine.client.hset(engine.keys.stats, field, times);

  describe('readHistory', () => {
    it('tells each day by UTC, newest first, the days without jobs too', async () => {
      await count(`succeeded:${TODAY}`, 3);
      await count(`failed:${TODAY}`, 1);
      await count(`failed:${TODAY - 2}`, 7);

      expect(await readHistory(engine, 3, NOON)).to.deep.equal([
        { day: '2026-02-01', processed: 4, succeeded: 3, failed: 1 },
        { day: '2026-01-31', processed: 0, succeeded: 0, failed: 0 },
        { day: '2026-01-30', processed: 7, succeeded: 0, failed: 7 },
      ]);
    });

    it('begins the day at midnight', async () => {
      await count(`succeeded:${TODAY}`, 1);

      const [last] = await readHistory(engine, 1, TODAY * DAY_MS + DAY_MS - 1);
      const [first] = await readHistory(engine, 1, TODAY * DAY_MS);
      const [before] = await readHistory(engine, 1, TODAY * DAY_MS - 1);

      expect([last?.processed, first?.processed, before?.processed]).to.deep.equal([1, 1, 0]);
    });

    it('counts what workers end', async () => {
      await engine.add('a', 'b', 'c');
      const [a, b, c] = (await take(session)) as [Taken, Taken, Taken];
      await settle(session, [a, outcomes.succeeded], [b, outcomes.failed], [c, outcomes.retryIn(60_000)]);

      const [today] = await readHistory(engine, 1, session.now());

      expect(today).to.include({ processed: 2, succeeded: 1, failed: 1 });
    });

    it('counts each job that becomes failed, whatever makes it so', async () => {
      const note = { by: 'spec', at: 1 };
      const failedToday = async () => (await readHistory(engine, 1, Date.now()))[0]?.failed;
      const ways: Record<string, () => Promise<unknown>> = {
        'archived in waiting': async () => {
          await engine.add('waits');
          await archiveJob(engine, 'waits', note);
        },
        'cancelled in delayed': async () => {
          await engine.save('delayed', {}, { inMs: 60_000 });
          await cancelJob(engine, 'delayed', note);
        },
        'archived in a group': async () => {
          await join(engine, ['member']);
          const text = (await engine.client.hget(engine.keys.jobs, 'member')) ?? '';
          const failed = { before: text, after: text.replace('created', 'failed'), message: 'no' };
          await leaveGroup(engine, { id: 'member', as: 'failed', ...failed });
        },
        'taken out of a carrier': async () => {
          await join(engine, ['a', 'b'], { maxSize: 2 });
          const [carrier] = await take(session, 1);
          if (!carrier) throw new Error('nothing was taken');
          const job = { id: 'a', text: carrier.text ?? '', error: new Error('no'), as: 'discarded' as const };
          const { id, record } = carrier;
          await session.split({ id, record: rewriteRecord('{"data":[]}', record), jobs: [job] });
        },
        'lost with its worker too often': async () => {
          const dead = engine.session({ leaseMs: 1 });
          await engine.add('lost');
          await dead.exchange([], 1);
          await session.renew([]);
          await systemClock.sleep(5, new AbortController().signal);
          const { doomed } = await session.recover({ lossLimit: 1, orphanIntervalMs: 60_000 });
          await settle(session, [doomed[0] as Taken, outcomes.failed]);
        },
      };
      let counted = 0;
      for (const [what, way] of Object.entries(ways)) {
        await way();
        counted += 1;
        expect(await failedToday(), what).to.equal(counted);
      }
    });
  });

  describe('pruneHistory', () => {
    it('forgets the days before the last 90, and no others', async () => {
      await count(`succeeded:${TODAY - 90}`, 1);
      await count(`failed:${TODAY - 400}`, 1);
      await count(`succeeded:${TODAY - 89}`, 1);
      await count(`failed:${TODAY}`, 1);

      expect(await pruneHistory(engine, NOON)).to.equal(2);

      const kept = await engine.client.hkeys(engine.keys.stats);
      expect(kept.sort()).to.deep.equal([`failed:${TODAY}`, `succeeded:${TODAY - 89}`]);
    });

    it('leaves a queue alone where nothing was counted', async () => {
      expect(await pruneHistory(engine, NOON)).to.equal(0);
    });
  });
});

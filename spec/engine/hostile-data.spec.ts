import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { fireGroup } from '../../lib/engine/groups/groups.ts';
import { type QueueLimits, writeLimits } from '../../lib/engine/limits/limits.ts';
import { saveBatch } from '../../lib/engine/links/batch.ts';
import { openingOf, parseRecord } from '../../lib/engine/record/record.ts';
import { cancelJob } from '../../lib/engine/repairs/cancel.ts';
import { fire, jobOfTick } from '../../lib/engine/schedules/firing.ts';
import type { Session } from '../../lib/engine/session/session.ts';
import {
  idsOf,
  jobOf,
  openEngine,
  outcomes,
  type SpecEngine,
  settle,
  settlementOf,
  take,
} from '../support/engine.ts';
import { carriers, join, specGroup } from '../support/group.ts';
import { openSchedules } from '../support/schedules.ts';

const nested = (depth: number): unknown => {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level++) value = [value];
  return value;
};

/** What a decoder in Redis fails at, or what looks like options of ours. */
const HOSTILE: Record<string, unknown> = {
  'half a character': { text: 'cut \ud83d', '\udc00': 1 },
  'nesting of 1,500 levels': nested(1_500),
  'a text that looks like options': {
    text: ',"options":{"key":"x","cost":9},"status":"created","progress":0}',
  },
  'options of its own': { options: { key: 'x', cost: 9 }, status: 'created', progress: 0 },
  'a character 0': '\u0000"\u0000',
};

describe('data that no script may decode', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const limit = (limits: QueueLimits) =>
    writeLimits(engine.client, engine.keys, { limits, by: 'spec', at: 1 });
  const takeAll = async (): Promise<string[]> => {
    const ids: string[] = [];
    for (let look = 0; look < 4; look++) ids.push(...idsOf(await take(session, 10)));
    return ids.sort();
  };
  const dataOf = async (id: string): Promise<unknown> =>
    parseRecord((await engine.client.hget(engine.keys.jobs, id)) ?? '')?.data;

  for (const [name, data] of Object.entries(HOSTILE)) {
    describe(`, ${name},`, () => {
      it('is limited by the key of its options, and by nothing else', async () => {
        await limit({ perKey: { concurrency: 1 } });
        const alike = ['a1', 'a2', 'a3'].map((id) => jobOf(id, data, { key: 'a' }));
        const free = ['f1', 'f2', 'f3'].map((id) => jobOf(id, data));
        await engine.store.save([...alike, ...free]);

        expect(await takeAll()).to.deep.equal(['a1', 'f1', 'f2', 'f3']);
        expect(await dataOf('a2')).to.deep.equal(data);
      });

      it('keeps its key over a retry and a change of its data', async () => {
        await limit({ perKey: { concurrency: 1 } });
        await engine.store.save([jobOf('a1', data, { key: 'a' })]);
        const [a1] = await take(session);
        if (!a1) throw new Error('nothing was taken');
        await settle(session, [a1, outcomes.failed]);
        await engine.store.retry('a1', 1);
        await engine.store.updateData('a1', data);
        await engine.store.save([jobOf('a2', data, { key: 'a' })]);

        expect(await takeAll()).to.deep.equal(['a1']);
      });

      it('costs what its options say', async () => {
        await limit({ rate: { count: 4, perMs: 3_600_000 } });
        await engine.store.save([jobOf('a', data, { cost: 3 }), jobOf('b', data), jobOf('c', data)]);

        expect(await takeAll()).to.deep.equal(['a', 'b']);
      });

      it('is found in its line to be removed', async () => {
        await limit({ perKey: { concurrency: 1 } });
        await engine.store.save(['a1', 'a2'].map((id) => jobOf(id, data, { key: 'a "quoted" \\ key' })));
        await takeAll();

        expect(await engine.store.remove('a2')).to.equal('waiting');

        expect(await engine.client.exists(engine.keys.line('a "quoted" \\ key'))).to.equal(0);
      });

      it('goes through schedules', async () => {
        const schedules = openSchedules();
        const { kept, client, keys } = schedules;
        try {
          expect(await schedules.put({ data }, 'declare')).to.equal('created');
          expect(await schedules.put({ data }, 'renew')).to.equal('unchanged');
          expect(await schedules.put({ data: [data] })).to.equal('replaced');
          expect(await kept.pause('tidy', { by: 'spec', at: 1 })).to.equal('paused');
          expect(await kept.resume('tidy')).to.equal('resumed');
          const tick = await schedules.setBack(1);
          const schedule = (await kept.get('tidy'))?.schedule;
          if (!schedule) throw new Error('nothing was stored');
          const unique = { key: 'k', ttlMs: null, onConflict: 'return', release: 'end' } as const;
          const jobs = [jobOfTick(schedule, { id: 'tick', tick, now: tick, clock: systemClock })];
          const move = { tick, next: tick + 1_000 };

          const [outcome] =
            (await fire({ client, keys }, { schedule: { ...schedule, unique }, jobs, move, missed: null })) ??
            [];

          expect(outcome).to.deep.equal({ outcome: 'fired', jobId: 'tick' });
          expect(parseRecord((await client.hget(keys.jobs, 'tick')) ?? '')?.data).to.deep.equal([data]);
        } finally {
          await schedules.close();
        }
      });

      it('goes through unique keys', async () => {
        const unique = { key: 'k', ttlMs: null, onConflict: 'replace', release: 'end' } as const;
        await engine.store.saveUnique(jobOf('u1', 1, { unique: { key: 'k' } }), unique);
        const [u1] = await take(session);
        await engine.store.saveUnique(jobOf('u2', data, { unique: { key: 'k' }, key: 'a' }), unique);
        if (!u1) throw new Error('nothing was taken');

        await settle(session, [u1, outcomes.succeeded]);

        expect(await engine.waiting()).to.deep.equal(['u2']);
        expect(await dataOf('u2')).to.deep.equal(data);
        expect(await engine.store.remove('u2')).to.equal('waiting');
      });

      it('goes through batches and what follows, with the key in its place', async () => {
        await limit({ perKey: { concurrency: 1 } });
        const { client, keys } = engine;
        const queue = keys.jobs.split(':')[1] ?? '';
        const links = { batch: { id: 'b', queue } };
        const last = { queue, job: jobOf('last', data, { key: 'a', cost: 2 }) };
        const members = [{ queue, job: jobOf('m', data, { links }) }];
        await saveBatch({ client, keys }, { id: 'b', queue, when: 'ended', last, members });
        const [m] = await take(session);
        if (!m) throw new Error('nothing was taken');
        const follows = [{ queue, job: jobOf('next', data, { key: 'a' }) }];

        await session.exchange([settlementOf(m, { ...outcomes.succeeded, follows })], 0);

        expect(await dataOf('last')).to.deep.equal(data);
        expect((await engine.options('last'))?.links?.concludes).to.include({ total: 1, succeeded: 1 });
        expect(await takeAll()).to.have.length(1);
      });

      it('goes through groups, whose carrier has the key in its place', async () => {
        await limit({ perKey: { concurrency: 1 } });
        await join(engine, ['g1'], { carrier: '"key":"a"' });
        await engine.store.updateData('g1', data);
        await fireGroup(engine, specGroup());
        await engine.store.save([jobOf('a2', data, { key: 'a' })]);

        const [carrier] = await carriers(engine);
        expect(carrier?.jobs).to.deep.equal(['g1']);
        expect(await takeAll()).to.deep.equal([carrier?.id]);
      });

      it('is promoted and cancelled', async () => {
        await engine.store.save([jobOf('d1', data, { key: 'a' }, { inMs: 60_000 })]);

        expect(await engine.store.promote('d1')).to.deep.equal({ done: true });
        expect(await cancelJob(engine, 'd1', { by: 'spec', at: 1 })).to.include({ done: true });
      });
    });
  }

  it('is left where a job has neither key nor cost, so that more can be written behind it', async () => {
    await engine.save('plain');

    const raw = (await engine.client.hget(engine.keys.jobs, 'plain')) ?? '';
    const record = parseRecord(raw);

    expect(record && openingOf(raw, record)).to.not.equal(null);
  });
});

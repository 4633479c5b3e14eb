import { expect } from 'chai';
import type pg from 'pg';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { createInspector, createWorker, defineJob, handle, handleGroup } from '../../lib/index.ts';
import { createOutbox, type Outbox } from '../../lib/outbox/index.ts';
import { randomKeys } from '../support/encryption.ts';
import { openOutbox, type SpecOutbox } from '../support/outbox.ts';
import { hasPostgres, type SpecPostgres, startPostgres } from '../support/postgres.ts';
import { redisUrl } from '../support/redis.ts';
import { rejection } from '../support/refusal.ts';
import { until } from '../support/wait.ts';

describe('encrypted jobs of an outbox', function () {
  this.timeout(60_000);
  const keys = randomKeys();
  const headers = { who: 'ada' };
  let postgres: SpecPostgres;
  let spec: SpecOutbox;
  let outbox: Outbox;
  let closing: (() => Promise<unknown>)[];

  before(async function () {
    if (!hasPostgres()) this.skip();
    postgres = await startPostgres();
  });
  after(() => postgres?.stop());
  beforeEach(async () => {
    closing = [];
    spec = await openOutbox(postgres, redisUrl());
    outbox = createOutbox({ table: spec.table, encryption: { keys } });
  });
  afterEach(async () => {
    for (const close of closing?.reverse() ?? []) await close();
    await spec?.close();
  });

  const Secret = () =>
    defineJob({ type: 'secret', queue: spec.queue, schema: z.object({ note: z.string() }), encrypt: true });
  const rowTexts = async (): Promise<string> => {
    const { rows } = await postgres.pool.query<pg.QueryResultRow>(`select * from ${spec.table}`);
    return JSON.stringify(rows);
  };
  const work = async (handlers: Parameters<typeof createWorker>[0]['handlers']): Promise<void> => {
    const worker = createWorker({ redis: redisUrl(), handlers, encryption: { keys } });
    closing.push(() => worker.stop());
    await worker.start();
  };

  it('are in clear neither in the database nor in Redis, and need no keys on their way', async () => {
    const definition = Secret();
    await spec.transaction(async (tx) => {
      await outbox.add(tx, definition, { note: 'kept-secret' }, { headers, id: 'mine' });
      await outbox.add(tx, definition, { note: 'kept-secret' }, { delayMs: 1, key: 'k' });
    });
    expect(await rowTexts())
      .to.include('apiary1:')
      .and.not.match(/kept-secret|ada/);
    await spec.relay().start();
    await spec.untilEmpty();
    const stored = JSON.stringify(await spec.client.hgetall(queueKeys('bq', spec.queue, false).jobs));
    expect(stored)
      .to.include('apiary1:')
      .and.not.match(/kept-secret|ada/);

    const seen: unknown[] = [];
    await work([handle(definition, ({ note }, ctx) => void seen.push([note, ctx.headers]))]);
    await until(() => seen.length === 2, 'both have run');
    expect(seen).to.deep.include.members([
      ['kept-secret', headers],
      ['kept-secret', {}],
    ]);
    const inspector = createInspector({ redis: redisUrl(), encryption: { keys } });
    closing.push(() => inspector.close());
    expect(await inspector.job(spec.queue, 'mine')).to.deep.include({ encrypted: 'opened', headers });
  });

  it('wait in groups like others', async () => {
    const Grouped = defineJob({
      type: 'grouped',
      queue: spec.queue,
      schema: z.string(),
      encrypt: true,
      group: { maxSize: 2 },
    });
    await spec.transaction(async (tx) => {
      for (const data of ['a', 'b']) await outbox.add(tx, Grouped, data, { group: 'g' });
    });
    await spec.relay().start();
    const seen: string[] = [];
    await work([handleGroup(Grouped, async (jobs) => void seen.push(...jobs.map(({ data }) => data)))]);

    await until(() => seen.length === 2, 'the group has run');
    expect(seen).to.deep.equal(['a', 'b']);
  });

  it('may have data as long as others', async () => {
    const note = 'x'.repeat(1_048_500);
    await spec.transaction((tx) => outbox.add(tx, Secret(), { note }));
    await spec.relay().start();
    await spec.untilEmpty();

    expect(await spec.inspector.queue(spec.queue)).to.have.nested.property('counts.waiting', 1);
  });

  it('are refused without keys, before anything is sent', async () => {
    await spec.transaction(async (tx) => {
      expect(await rejection(spec.outbox.add(tx, Secret(), { note: 'a' }))).to.include({
        code: 'ENCRYPTION_KEY_MISSING',
      });
    });
    expect(await spec.rows()).to.equal(0);
  });

  it('are encrypted by a relay with keys where SQL alone has put them in clear', async () => {
    await spec.insert(1, { encrypt: true });
    await spec.relay({ encryption: { keys } }).start();
    await spec.untilEmpty();

    const stored = await spec.client.hvals(queueKeys('bq', spec.queue, false).jobs);
    expect(stored).to.have.length(1);
    expect(stored[0]).to.include('{"data":"apiary1:');
  });

  it('are set aside where neither the row nor the relay can encrypt them, or headers are not what they should be', async () => {
    await spec.insert(1, { encrypt: true });
    await spec.insert(1, { encrypt: true, sealedHeaders: 'none' });
    await spec.relay().start();
    await spec.untilEmpty();

    const { rows } = await postgres.pool.query(`select code from ${spec.table}_aside order by code`);
    expect(rows.map(({ code }) => code)).to.deep.equal(['ENCRYPTION_KEY_MISSING', 'JOB_INVALID']);
  });
});

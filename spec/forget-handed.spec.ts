import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../lib/engine/keys.ts';
import { carryAll } from '../lib/engine/links/hand-over.ts';
import { HandOverSweeper } from '../lib/engine/links/hand-over-sweeper.ts';
import { reencryptAll } from '../lib/engine/repairs/reencrypt.ts';
import { Inspector } from '../lib/inspector/inspector.ts';
import { defineJob } from '../lib/jobs/define.ts';
import { Producer } from '../lib/jobs/producer.ts';
import { keyringOf } from '../lib/keyring.ts';
import { type ClusterEngine, openClusterEngine } from './support/cluster.ts';
import { randomKeys } from './support/encryption.ts';
import { outcomes, settle, takeOne } from './support/engine.ts';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';
const field = { path: 'user.email', value: ADA };
const of = (email: string) => ({ user: { email } });

describe('what is on its way to a queue in another slot', () => {
  let engine: ClusterEngine;
  type Queue = ReturnType<ClusterEngine['openQueue']>;
  let home: Queue;
  let other: Queue;
  let inspector: Inspector;

  before(async () => {
    engine = await openClusterEngine();
    inspector = new Inspector({ client: engine.client });
  });
  after(() => engine.close());
  beforeEach(() => {
    home = engine.openQueue();
    other = engine.openQueue();
  });

  const kind = ({ keys }: Queue, more: object = {}) =>
    defineJob({ type: 'mail', queue: keys.queue, schema: z.any(), ...more });
  /** A workflow of a step here and one of a person there, which has been handed over and not been carried. */
  const handOver = async ({ keys = null, all = false }: { keys?: string | null; all?: boolean } = {}) => {
    const producer = new Producer({ client: engine.client, keyring: keyringOf({ keys, all }) });
    const added = await producer.addWorkflow(({ job }) => {
      const first = job('first', kind(home), of(BOB));
      job('theirs', kind(other), of(ADA), { after: [first] });
      job('bobs', kind(other), of(BOB), { after: [first] });
    });
    await settle(home.session, [await takeOne(home.session), outcomes.succeeded]);
    return added;
  };
  const forget = (more: object = {}) =>
    inspector.forget({ field, queues: [other.keys.queue, home.keys.queue], ...more });
  /** As a worker does that looks twice. */
  const sweepTwice = async () => {
    const sweepers = [new HandOverSweeper(), new HandOverSweeper()];
    for (const _look of [1, 2])
      for (const [at, queue] of [home, other].entries()) await sweepers[at]?.sweep(queue);
  };
  const isKept = async (): Promise<boolean> => {
    const streams = [home.keys.handOver(other.keys.queue), other.keys.handOver(home.keys.queue)];
    const written = await Promise.all(streams.map((stream) => engine.client.xrange(stream, '-', '+')));
    const flows = await engine.client.zrange(home.keys.flowIndex, 0, '-1');
    const kept = await Promise.all(
      [other.keys.jobs, home.keys.jobs, ...flows.map((id) => home.keys.flow(id))].map((key) =>
        engine.client.hgetall(key),
      ),
    );
    return JSON.stringify([written, kept]).includes(ADA);
  };

  it('is forgotten where it arrives, and named for as long as it stays written down', async () => {
    await handOver();

    const first = await forget();
    const early = await forget();
    await sweepTwice();
    const last = await forget();

    expect([first.forgotten.jobs, first.forgotten.steps]).to.deep.equal([1, 1]);
    expect([first.left.handed, early.left.handed, last.left.handed]).to.deep.equal([1, 1, 0]);
    expect(first.leftIds).to.have.length(1);
    expect(await isKept()).to.equal(false);
    expect((await inspector.queue(other.keys.queue)).counts.waiting).to.equal(1);
  });

  it('is found when it says what a step has returned', async () => {
    await handOver();
    await carryAll(home);
    for (const result of [of(ADA), { note: `for ${ADA}` }]) {
      const outcome = { kind: 'succeeded', result, resultJson: JSON.stringify(result) } as const;
      await settle(other.session, [await takeOne(other.session), outcome]);
    }

    const { left } = await forget();
    await sweepTwice();
    await forget();

    expect(left.handed).to.equal(3);
    expect(await isKept()).to.equal(false);
  });

  it('is counted and not carried by who only counts', async () => {
    await handOver();

    const { left, forgotten } = await forget({ dryRun: true });

    expect([left.handed, forgotten.jobs]).to.deep.equal([1, 0]);
    expect((await inspector.queue(other.keys.queue)).counts.waiting).to.equal(0);
  });

  it('is closed where its key is not given', async () => {
    const keys = randomKeys();
    await handOver({ keys, all: true });
    const withKeys = new Inspector({ client: engine.client, keyring: keyringOf({ keys, all: false }) });

    const closed = await forget({ dryRun: true });
    const open = await withKeys.forget({ field, queues: [home.keys.queue], dryRun: true });

    expect([closed.left.handed, open.left.handed, open.left.closed]).to.deep.equal([0, 1, 0]);
    expect(closed.left.closed).to.be.above(0);
  });

  it('is gone over page by page, each entry once', async () => {
    const stream = home.keys.handOver(other.keys.queue);
    await engine.client.hset(home.keys.handovers, other.keys.queue, '3-0', 'another', '1-0');
    const record = JSON.stringify({ data: of(ADA), options: {}, status: 'created', progress: 0 });
    // More than a page in one millisecond, and some before and after.
    const ids = ['1-0', '1-1', ...Array.from({ length: 250 }, (_one, at) => `2-${at}`), '3-0'];
    for (const id of ids) await engine.client.xadd(stream, id, 'id', `job ${id}`, 'record', record);

    const { left } = await forget({ dryRun: true });

    expect(left.handed).to.equal(ids.length);
  });

  it('is no hindrance where another program has written something there', async () => {
    const stream = home.keys.handOver(other.keys.queue);
    await handOver();
    await engine.client.hset(home.keys.flow('broken'), '0:plan', 'no JSON');
    const garbage = [
      ['flow', home.keys.flow('broken'), 'n', '0', 'id', 'x', 'what', 'succeeded', 'result', '{'],
      ['flow', other.keys.flow('none'), 'n', 'x', 'id', 'y', 'what', 'succeeded', 'spawned', '{}'],
      ['nothing', 'of', 'the', 'kind'],
    ];
    for (const fields of garbage) await engine.client.xadd(stream, '*', ...fields);
    await engine.client.hset(home.keys.handovers, other.keys.queue, '9999999999999-0');

    const { left, unreadable } = await forget();

    expect([left.handed, left.closed, unreadable]).to.deep.equal([1, 2, []]);
  });

  it('is encrypted anew where it arrives, and counted as missed for as long as it stays written down', async () => {
    const old = randomKeys('old');
    const fresh = randomKeys('new');
    await handOver({ keys: old, all: true });
    const keyring = keyringOf({ keys: `${fresh},${old}`, all: false });
    const walk = async (): Promise<number> => {
      let missed = 0;
      for (const { keys } of [home, other])
        for await (const step of reencryptAll({
          client: engine.client,
          keys: queueKeys('bq', keys.queue, true, keyring),
        }))
          missed += step.missed;
      return missed;
    };

    const first = await walk();
    await sweepTwice();
    const last = await walk();

    expect([first, last]).to.deep.equal([2, 0]);
    expect(JSON.stringify(await engine.client.hgetall(other.keys.jobs)))
      .to.include('apiary1:new:')
      .and.not.include('apiary1:old:');
  });
});

import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { commandOf, defineScripts } from '../../lib/engine/scripts.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { type Balanced, balance } from '../../lib/shards/balance.ts';
import { shardName, shardNames } from '../../lib/shards/route.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { redisTarget } from '../support/redis.ts';
import { giveShards } from '../support/shards.ts';
import { until } from '../support/wait.ts';

const SHARDS = 3;
const WHOLE = 9;

describe('a turn at the limits of a queue with shards', () => {
  let client: RedisClient;
  let inspector: Inspector;
  let queue: string;
  const others: RedisClient[] = [];

  const open = (): RedisClient => {
    const opened = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(opened);
    others.push(opened);
    return opened;
  };
  beforeEach(async () => {
    client = open();
    inspector = new Inspector({ client });
    queue = testQueueName();
    await giveShards({ client }, queue, SHARDS);
    await inspector.limits.set(queue, { concurrency: WHOLE }, 'spec');
  });
  afterEach(async () => {
    await inspector.limits.lift(queue, 'spec');
    await client.hdel(shardKeys('bq').records, queue);
    await Promise.all(others.splice(0).map(closeClient));
  });

  const turn = (over = client, holder = 'one'): Promise<Balanced> =>
    balance({ client: over, prefix: 'bq' }, { queue, holder });
  const parts = async (): Promise<unknown[]> => {
    const read = async (name: string): Promise<unknown> => {
      const text = await client.hget(queueKeys('bq', name, false).meta, 'limits');
      return text === null ? null : JSON.parse(text).limits.concurrency;
    };
    return Promise.all(shardNames(queue, SHARDS).map(read));
  };
  /** Has so many jobs wait in a shard; nobody runs them. */
  const load = (at: number, count: number): Promise<number> =>
    client.lpush(
      queueKeys('bq', shardName(queue, at), false).waiting,
      ...Array.from({ length: count }, (_, nth) => `job-${nth}`),
    );
  /** Has every call of a script over a client go through `meanwhile` first, with the keys that it is given. */
  const through = (
    over: RedisClient,
    script: 'set-part' | 'look-at-part',
    meanwhile: (keys: string) => unknown,
  ): void => {
    const { name, command } = commandOf(over, script);
    const value = async (...given: Parameters<typeof command>): Promise<unknown> => {
      await meanwhile(String(given[1]));
      return command.apply(over, given);
    };
    Object.assign(over, { [name]: value });
  };

  it('moves parts to where jobs wait, and back', async () => {
    expect(await parts()).to.deep.equal([3, 3, 3]);
    await load(1, 50);
    expect(await turn()).to.deep.equal({ kind: 'done', owes: false, away: null });
    expect(await parts()).to.deep.equal([0, 9, 0]);
    await client.del(queueKeys('bq', shardName(queue, 1), false).waiting);
    await turn();
    expect(await parts()).to.deep.equal([3, 3, 3]);
  });

  it('is one at a time, and is taken over where who has it is gone', async () => {
    await turn(client, 'one');
    expect(await turn(client, 'two')).to.deep.equal({ kind: 'none' });
    // As when the clock was set back by an hour.
    await client.hset(shardKeys('bq').turn(queue), 'until', String(Date.now() + 3_600_000));
    expect(await turn(client, 'two')).to.include({ kind: 'done' });
  });

  it('leaves the part of a shard that is away with it', async () => {
    const over = open();
    const away = `:${shardName(queue, 2)}:`;
    for (const script of ['set-part', 'look-at-part'] as const)
      through(over, script, (keys) => {
        if (keys.includes(away)) throw new Error('it is away');
      });
    await load(1, 50);
    expect(await turn(over)).to.have.nested.property('away.message', 'it is away');
    expect(await parts()).to.deep.equal([0, 6, 3]);
    await turn();
    expect(await parts()).to.deep.equal([0, 9, 0]);
  });

  it('leaves less in use where it ends in the middle, and the next one mends that', async () => {
    const over = open();
    let calls = 0;
    // Two are lowered; then one is to be raised.
    through(over, 'set-part', () => (++calls > 2 ? new Promise(() => undefined) : null));
    await load(1, 50);
    const dying = turn(over);
    await until(() => calls > 2, 'it was about to give');
    expect(await parts()).to.deep.equal([0, 3, 0]);
    await dying;
    await turn();
    expect(await parts()).to.deep.equal([0, 9, 0]);
  });

  it('gives nothing where it was paused and another was taken meanwhile', async () => {
    const over = open();
    let calls = 0;
    let goesOn = (): void => undefined;
    const isToGoOn = new Promise<void>((resolve) => {
      goesOn = resolve;
    });
    through(over, 'set-part', () => (++calls > 2 ? isToGoOn : null));
    await load(1, 50);
    const paused = turn(over);
    await until(() => calls > 2, 'it was about to give');
    await client.del(queueKeys('bq', shardName(queue, 1), false).waiting);
    await load(0, 50);
    await turn();
    expect(await parts()).to.deep.equal([9, 0, 0]);
    goesOn();
    expect((await paused).kind).to.not.equal('none');
    expect(await parts()).to.deep.equal([9, 0, 0]);
  });

  it('goes on where the numbers of turns were lost', async () => {
    for (let nth = 0; nth < 5; nth++) await turn();
    await client.del(shardKeys('bq').turn(queue));
    const overtaken = await turn();
    expect(overtaken.kind).to.equal('overtaken');
    await inspector.limits.set(queue, { concurrency: 6 }, 'spec');
    expect(await parts()).to.deep.equal([2, 2, 2]);
  });

  it('lifts what was shared out', async () => {
    expect(await inspector.limits.lift(queue, 'spec')).to.equal(true);
    const notes = await Promise.all(
      shardNames(queue, SHARDS).map((name) => client.hget(queueKeys('bq', name, false).meta, 'limits')),
    );
    expect(notes).to.deep.equal([null, null, null]);
    expect(await turn()).to.deep.equal({ kind: 'none' });
    expect(await inspector.limits.lift(queue, 'spec')).to.equal(false);
  });
});

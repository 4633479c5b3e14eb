import { expect } from 'chai';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { defineScripts, type RedisClient } from '../../../lib/engine/scripts.ts';
import { Store } from '../../../lib/engine/store/store.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { jobOf } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';

describe('a single add', () => {
  let client: RedisClient;
  let store: Store;
  /** How many jobs each call stored, and whether its turn of the event loop was over. */
  let calls: { jobs: number; isLate: boolean }[];
  let isLate: boolean;

  beforeEach(async () => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(client);
    await client.ping();
    calls = [];
    isLate = false;
    const send = client.sendCommand.bind(client) as (...args: unknown[]) => unknown;
    Object.assign(client, {
      sendCommand: (command: { name: string; args: unknown[] }, ...others: unknown[]): unknown => {
        if (/^eval/.test(command.name)) calls.push({ jobs: countOf(command.args), isLate });
        return send(command, ...others);
      },
    });
    store = new Store(client, queueKeys('bq', testQueueName(), false));
  });
  afterEach(() => closeClient(client));

  const add = (id: string): Promise<boolean> => store.saveOne(jobOf(id), (created) => created);
  const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

  it('goes at once while none is on its way', async () => {
    for (const id of ['a', 'b']) {
      isLate = false;
      setImmediate(() => {
        isLate = true;
      });
      expect(await add(id)).to.equal(true);
    }

    expect(calls).to.deep.equal([
      { jobs: 1, isLate: false },
      { jobs: 1, isLate: false },
    ]);
  });

  it('waits for the others of its turn while one is on its way', async () => {
    const adding = [add('a')];
    await tick();
    for (const id of ['b', 'c', 'd']) {
      adding.push(add(id));
      await tick();
    }

    expect(await Promise.all(adding)).to.deep.equal([true, true, true, true]);
    expect(calls.map(({ jobs }) => jobs)).to.deep.equal([1, 3]);
  });

  it('takes those along that are added in the same callback, fifty to a call', async () => {
    const adding = Array.from({ length: 2_010 }, (_, at) => add(`${at}`));

    expect((await Promise.all(adding)).every(Boolean)).to.equal(true);
    expect(calls.map(({ jobs }) => jobs)).to.deep.equal([...Array(40).fill(50), 10]);
  });

  it('is told of its own id alone when that was taken', async () => {
    await store.save([jobOf('b')]);

    const adding = ['a', 'b', 'c'].map((id) => store.saveOne(jobOf(id, 2), (created) => `${id} ${created}`));

    expect(await Promise.all(adding)).to.deep.equal(['a true', 'b false', 'c true']);
    expect(calls.at(-1)?.jobs).to.equal(3);
  });
});

/** Behind the script, how many keys it has, and its keys stand two parts of the group, and then two per job. */
function countOf(args: unknown[]): number {
  return (args.length - 2 - Number(args[1]) - 2) / 2;
}

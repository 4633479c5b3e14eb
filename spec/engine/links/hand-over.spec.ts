import { expect } from 'chai';
import type { QueueKeys } from '../../../lib/engine/keys.ts';
import { readFlow } from '../../../lib/engine/links/flows.ts';
import { carryAll, HandOvers } from '../../../lib/engine/links/hand-over.ts';
import { HandOverSweeper } from '../../../lib/engine/links/hand-over-sweeper.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { runScript } from '../../../lib/engine/scripts.ts';
import { readStates } from '../../../lib/engine/store/states.ts';
import { type ClusterEngine, openClusterEngine } from '../../support/cluster.ts';
import { outcomes, settle, takeOne } from '../../support/engine.ts';
import { addFlow } from '../../support/flow.ts';

describe('what is handed over to a queue in another slot', () => {
  let engine: ClusterEngine;
  type Queue = ReturnType<ClusterEngine['openQueue']>;
  let home: Queue;
  let other: Queue;

  before(async () => {
    engine = await openClusterEngine();
  });
  after(() => engine.close());
  beforeEach(() => {
    home = engine.openQueue();
    other = engine.openQueue();
  });

  /** A step here, and after it one there. */
  const add = (queue: QueueKeys = other.keys) => {
    const steps = [
      { name: 'a', queue: home.keys.queue },
      { name: 'b', queue: queue.queue, after: [0] },
    ];
    return addFlow(home, { queue: home.keys.queue, steps });
  };
  const run = async ({ session }: Queue) => settle(session, [await takeOne(session), outcomes.succeeded]);
  const stateOf = async ({ client, keys }: Queue, id: string) => (await readStates(client, keys, [id]))[0];
  const flowState = async () =>
    (await readFlow({ client: home.client, prefix: 'bq' }, home.keys.queue, 'w'))?.state;
  const lengthOf = (from: Queue, to: Queue) => from.client.xlen(from.keys.handOver(to.keys.queue));

  it('is there from the step that makes it true on, and is carried by whoever comes', async () => {
    await add();
    await run(home);
    expect(await stateOf(other, 'b')).to.equal(null);

    await Promise.all([carryAll(home), carryAll(home), carryAll(home)]);

    expect(await other.client.lrange(other.keys.waiting, 0, -1)).to.deep.equal(['b']);
    await run(other);
    expect(await flowState()).to.equal('running');
    await carryAll(other);
    expect(await flowState()).to.equal('succeeded');
  });

  it('is done no more by one who comes late, when its job has ended and is gone', async () => {
    await add();
    await run(home);
    const read = await home.client.xrange(home.keys.handOver(other.keys.queue), '-', '+');
    await carryAll(home);
    await run(other);
    await other.store.remove('b');

    const rest = read.flatMap(([id, fields]) => [id, fields.length, ...fields]);
    const args = { source: home.keys.queue, from: '' };
    await runScript(home.client, { script: 'receive', queue: other.keys, args, rest });

    expect(await stateOf(other, 'b')).to.equal(null);
    expect(await other.client.exists(other.keys.waiting, other.keys.steps)).to.equal(0);
  });

  it('is done again where a primary was lost with it, by one who remembers that it was done', async () => {
    const handOvers = new HandOvers();
    const sweeper = new HandOverSweeper();
    await add();
    await run(home);
    await handOvers.carry(home);
    await sweeper.sweep(home);
    // What a replica has that was some moments behind.
    await other.client.del(other.keys.jobs, other.keys.waiting, other.keys.steps, other.keys.handed);

    await sweeper.sweep(home);

    expect(await stateOf(other, 'b')).to.equal('waiting');
    await run(other);
    await carryAll(other);
    expect(await flowState()).to.equal('succeeded');
  });

  it('is not passed over by one who goes on from what was lost', async () => {
    const handOvers = new HandOvers();
    await add();
    await run(home);
    await handOvers.carry(home);
    await other.client.del(other.keys.jobs, other.keys.waiting, other.keys.steps, other.keys.handed);

    const steps = [
      { name: 'c', queue: home.keys.queue },
      { name: 'd', queue: other.keys.queue, after: [0] },
    ];
    await addFlow(home, { id: 'v', queue: home.keys.queue, steps });
    await run(home);
    await handOvers.carry(home);

    expect(await stateOf(other, 'b')).to.equal('waiting');
    expect(await stateOf(other, 'd')).to.equal('waiting');
  });

  it('stays until it was found done twice', async () => {
    const sweeper = new HandOverSweeper();
    await add();
    await run(home);

    await sweeper.sweep(home);
    expect(await lengthOf(home, other)).to.equal(1);
    await sweeper.sweep(home);
    expect(await lengthOf(home, other)).to.equal(0);
  });

  it('is carried by a worker of the queue that it leads to, where its own has none', async () => {
    await add();
    await run(home);
    await carryAll(home);
    await addFlow(home, {
      id: 'v',
      queue: home.keys.queue,
      steps: [
        { name: 'c', queue: home.keys.queue },
        { name: 'd', queue: other.keys.queue, after: [0] },
      ],
    });
    await run(home);

    await new HandOverSweeper().sweep(other);

    expect(await stateOf(other, 'd')).to.equal('waiting');
  });

  it('holds up nothing else where a key of that queue is not what it should be', async () => {
    const third = engine.openQueue();
    const steps = [
      { name: 'a', queue: home.keys.queue },
      { name: 'b', queue: other.keys.queue, after: [0] },
      { name: 'c', queue: third.keys.queue, after: [0] },
    ];
    await addFlow(home, { queue: home.keys.queue, steps });
    await run(home);
    await other.client.set(other.keys.steps, 'x');

    const failure = await carryAll(home).catch((error: unknown) => error);
    expect(String(failure)).to.include(other.keys.steps);
    expect(await stateOf(third, 'c')).to.equal('waiting');
    expect(await stateOf(other, 'b')).to.equal(null);
    await other.client.del(other.keys.steps);
    await carryAll(home);
    expect(await stateOf(other, 'b')).to.equal('waiting');
  });

  it('goes its way when its queue is deleted, and is forgotten then', async () => {
    await add();
    await run(home);
    await carryAll(home);

    await deleteQueue(other, { force: true });

    expect(await flowState()).to.equal('failed');
    expect(await other.client.exists(other.keys.handovers, other.keys.handOver(home.keys.queue))).to.equal(0);
    // What was done before it was deleted is not done in the next queue of this name.
    await new HandOverSweeper().sweep(home);
    expect(await stateOf(other, 'b')).to.equal(null);
  });

  it('is forgotten with its queue also where the notes of it are not what they should be', async () => {
    for (const key of [other.keys.handovers, other.keys.handed]) {
      await other.client.set(key, 'no such thing');

      await deleteQueue(other, { force: true });

      expect(await other.client.exists(key)).to.equal(0);
    }
  });

  it('is nothing where all steps are in the queue of their workflow', async () => {
    await add(home.keys);
    await run(home);
    await run(home);
    await carryAll(home);

    expect(await flowState()).to.equal('succeeded');
    expect(await home.client.exists(home.keys.handovers, home.keys.handed)).to.equal(0);
  });
});

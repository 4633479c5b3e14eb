import { expect } from 'chai';
import sinon from 'sinon';
import { openLooks } from '../../../lib/cli/top/looks.ts';
import { runningOf, toWorkerRow } from '../../../lib/cli/top/worker-rows.ts';
import { Inspector, type WorkerInfo } from '../../../lib/inspector/inspector.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

describe('a look of apiary top', () => {
  let rig: SpecWorkers;
  let inspector: Inspector;

  before(async () => {
    rig = openWorkers();
    inspector = new Inspector({ client: rig.client });
    const worker = rig.worker({
      handlers: [
        rig.handler((data) => {
          throw new Error(data);
        }),
      ],
    });
    await rig.add('one', 'one', 'other');
    await worker.start();
    await until(async () => (await rig.queries().counts()).failed === 3, 'all have failed');
    await worker.stop();
  });

  after(async () => {
    sinon.restore();
    await rig.close();
  });

  it('reads the queues that it is asked for, and groups what failed in them', async () => {
    const { queues, failures, unreadable } = await openLooks(inspector, () => 0).at([rig.queue]);

    expect(queues.get(rig.queue)?.counts.failed).to.equal(3);
    expect(unreadable.size).to.equal(0);
    expect(failures.map(({ queue, message, count }) => [queue, message, count])).to.have.deep.members([
      [rig.queue, 'one', 2],
      [rig.queue, 'other', 1],
    ]);
  });

  it('names a queue that cannot be read, and shows the others', async () => {
    const broken = testQueueName();
    await rig.client.set(`bq:${broken}:waiting`, 'text');

    const { queues, unreadable } = await openLooks(inspector, () => 0).at([broken, rig.queue]);

    expect([...queues.keys()]).to.deep.equal([rig.queue]);
    expect(unreadable.get(broken)).to.match(/holds/);
  });

  it('reads failures again only when there are others, and not every moment', async () => {
    let now = 0;
    const looks = openLooks(inspector, () => now);
    const read = sinon.spy(inspector.failures, 'groups');
    await looks.at([rig.queue]);
    await looks.at([rig.queue]);
    now = 60_000;
    await looks.at([rig.queue]);
    expect(read.callCount).to.equal(1);

    looks.forget();
    await looks.at([rig.queue]);
    expect(read.callCount).to.equal(2);
  });

  it('reads the failures of few queues at a time', async () => {
    const names = Array.from({ length: 12 }, testQueueName);
    for (const name of names) {
      await rig.producer.addRaw({ type: 'job', queue: name, data: 1, options: { id: 'a' } });
      await inspector.archive(name, 'a', 'ada');
    }
    const looks = openLooks(inspector, () => 0);

    const shown: number[] = [];
    for (let at = 0; at < 3; at++) shown.push((await looks.at(names)).failures.length);

    expect(shown).to.deep.equal([5, 10, 12]);
  });

  it('takes what workers of other versions say as it comes', () => {
    // As another version may say it.
    const info = {
      ...{ id: 1, host: null, pid: 'x', status: {}, startedAt: 'soon', queues: [null, { name: 7 }, 'q'] },
      running: [
        null,
        'x',
        { id: { toString: 1 }, stuckSince: 5 },
        { id: 'j', queue: 'q', type: 't', startedAt: 3 },
      ],
    } as unknown as WorkerInfo;

    expect(toWorkerRow(info)).to.include({ id: '?', worker: '?:0', status: '?', runs: 0 });
    expect(runningOf([info]).map(({ id }) => id)).to.deep.equal(['?', '?', '?', 'j']);
  });
});

import { expect } from 'chai';
import { queueSchema, queuesSchema } from '../../lib/server/api/api-schemas.ts';
import { apiary, apiaryJson } from '../support/command-line.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('apiary queues and queue', () => {
  let rig: SpecWorkers;

  before(async () => {
    rig = openWorkers();
    await rig.add(1, 2);
    await rig.producer.addRaw({ type: 'job', queue: rig.queue, data: 3, options: { delayMs: 60_000 } });
  });

  after(() => rig.close());

  it('list the queues, with what is in them', async () => {
    const { code, out, err } = await apiary(['queues', '--begin', rig.queue]);

    expect([code, err]).to.deep.equal([0, '']);
    const [head = '', row = '', ...others] = out.trimEnd().split('\n');
    expect(head.split(/ +/).slice(0, 5)).to.deep.equal(['QUEUE', 'WAITING', 'ACTIVE', 'DELAYED', 'GROUPED']);
    expect(row.split(/ +/).slice(0, 5)).to.deep.equal([rig.queue, '2', '0', '1', '0']);
    expect(others).to.deep.equal([]);
  });

  it('fit the screen', async () => {
    const { out } = await apiary(['queues', '--begin', rig.queue], { columns: 80 });

    for (const line of out.split('\n')) expect(line.length).to.be.at.most(80);
    expect(out).to.include('…');
  });

  it('answer in JSON as the HTTP API does', async () => {
    const page = queuesSchema.parse(await apiaryJson(['queues', '--begin', rig.queue]));
    const one = queueSchema.parse(await apiaryJson(['queue', rig.queue]));

    expect(page.queues.map(({ name }) => name)).to.deep.equal([rig.queue]);
    expect(one.counts).to.include({ waiting: 2, delayed: 1 });
  });

  it('say what is known of one queue', async () => {
    await rig.store().pause('ada', Date.now());

    const { code, out } = await apiary(['queue', rig.queue]);

    expect(code).to.equal(0);
    expect(out).to.match(/^waiting +2$/m);
    expect(out).to.match(/^paused +by ada, /m);
  });

  it('give exact times when asked', async () => {
    expect((await apiary(['queue', rig.queue, '--utc'])).out).to.match(/^paused +by ada, \d{4}-\d\d-\d\dT/m);
  });

  it('end with 3 for a queue that there is not, and name the nearest', async () => {
    const { code, out, err } = await apiary(['queue', `${rig.queue}x`]);

    expect([code, out]).to.deep.equal([3, '']);
    expect(err).to.equal(`apiary: there is no queue ${rig.queue}x; did you mean ${rig.queue}?\n`);
  });
});

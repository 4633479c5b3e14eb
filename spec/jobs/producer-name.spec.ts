import { expect } from 'chai';
import { z } from 'zod';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { fireDueGroups } from '../../lib/engine/groups/groups.ts';
import { type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import { parseRecord, type StoredOptions } from '../../lib/engine/record/record.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import type { Adder } from '../../lib/jobs/adder.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { type Added, Producer } from '../../lib/jobs/producer.ts';
import { createProducer } from '../../lib/open.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { redisTarget } from '../support/redis.ts';
import { refusal } from '../support/refusal.ts';

const NOW = 1_800_000_000_000;
const clock: Clock = { ...systemClock, now: () => NOW };

describe('the name of a producer', () => {
  let client: RedisClient;
  let keys: QueueKeys;
  let queue: string;
  let shop: Producer;

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    queue = testQueueName();
    keys = queueKeys('bq', queue, false);
    shop = new Producer({ client, clock, name: 'shop' });
  });
  afterEach(() => closeClient(client));

  const job = (options: object = {}) =>
    defineJob({ type: 'email.send', queue, schema: z.number(), ...options });
  const recordOf = async (id: string): Promise<string> => (await client.hget(keys.jobs, id)) ?? '';
  const optionsOf = async (id: string): Promise<StoredOptions | undefined> =>
    parseRecord(await recordOf(id))?.options;
  const adderOf = async (id: string): Promise<string | undefined> => (await optionsOf(id))?.addedBy;

  for (const [how, add] of [
    ['add', (adder) => adder.add(job(), 1)],
    ['add with options', (adder) => adder.add(job(), 1, { delayMs: 60_000, key: 'k' })],
    ['addRaw', (adder) => adder.addRaw({ type: 'x', queue, data: 1, options: {} })],
    ['add under a unique key', (adder) => adder.add(job(), 1, { unique: { key: 'k' } })],
    ['add into a group', (adder) => adder.add(job({ group: {} }), 1, { group: 'g' })],
  ] as [string, (adder: Adder) => Promise<Added>][]) {
    it(`is kept with a job by ${how}, and is all that is kept more`, async () => {
      const named = await recordOf((await add(shop)).id);
      await client.unlink(keys.jobs, keys.uniques, keys.lock('k'));
      const unnamed = await recordOf((await add(new Producer({ client, clock }))).id);

      expect(named).to.include('"addedBy":"shop"');
      expect(unnamed).to.equal(named.replace('"addedBy":"shop",', ''));
    });
  }

  it('is kept with each of many jobs', async () => {
    const added = await shop.addMany(job(), [1, 2]);

    expect(await Promise.all(added.map(({ id }) => adderOf(id)))).to.deep.equal(['shop', 'shop']);
  });

  it('is what the inspector shows of a job, and null where there is none', async () => {
    const inspector = new Inspector({ client });
    const { id } = await shop.add(job(), 1);
    const { id: other } = await new Producer({ client }).add(job(), 1);

    expect(await inspector.job(queue, id)).to.include({ addedBy: 'shop' });
    expect(await inspector.job(queue, other)).to.include({ addedBy: null });
  });

  it('is kept with the first step of a chain, from which the others come', async () => {
    const { id } = await shop.addChain([jobFor(job(), 1), jobFor(job(), 2)]);

    const { addedBy, links } = (await optionsOf(id)) ?? {};
    expect(addedBy).to.equal('shop');
    expect(links?.chain?.rest?.[0]?.options).to.not.have.property('addedBy');
  });

  it('is kept with the members of a batch, from which the last job comes', async () => {
    const batch = await shop.addBatch({ jobs: [jobFor(job(), 1), jobFor(job(), 2)], last: jobFor(job(), 3) });

    const members = await Promise.all(batch.jobs.map(({ id }) => adderOf(id)));
    expect(members).to.deep.equal(['shop', 'shop']);
    const stored = Object.values(await client.hgetall(keys.batch(batch.id))).join('\n');
    expect(stored).to.include('email.send').and.not.include('shop');
  });

  it('is not that of the carrier of a group, whose jobs may be of many', async () => {
    const grouped: JobDefinition<unknown> = job({ group: { maxSize: 2 } });
    await shop.add(grouped, 1, { group: 'g' });
    await new Producer({ client }).add(grouped, 2, { group: 'g' });
    await fireDueGroups({ client, keys });
    const [carrier = ''] = await client.lrange(keys.waiting, 0, -1);

    const record = parseRecord(await recordOf(carrier));

    expect(record?.options).to.not.have.property('addedBy');
    expect(JSON.stringify(record?.data)).to.include('"addedBy":"shop"');
  });

  it('can be another for who adds on behalf of others', async () => {
    const told: Added[] = [];
    const service = new Producer({ client, name: 'service', onCreated: (added) => told.push(added) });

    const { id } = await service.as('ada').add(job(), 1);

    expect(await adderOf(id)).to.equal('ada');
    expect(await adderOf((await service.add(job(), 1)).id)).to.equal('service');
    expect(told.map((added) => added.id)).to.include(id);
  });

  it('is added under by the same adder each time, for as many names as are in use', () => {
    const first = shop.as('ada');

    expect(shop.as('ada')).to.equal(first);
    for (let at = 0; at < 100; at++) shop.as(`other-${at}`);
    expect(shop.as('ada')).to.not.equal(first);
  });

  it('keeps nothing from going with what others add: single jobs share their calls under whatever names', async () => {
    const adders = [shop, shop.as('ada'), shop.as('bob')];
    const definition = job();
    await shop.add(definition, 0);
    await client.config('RESETSTAT');

    await Promise.all(
      Array.from({ length: 2_000 }, (_, at) => adders[at % adders.length]?.add(definition, at)),
    );

    const stats = await client.info('commandstats');
    expect(stats).to.match(/cmdstat_evalsha:calls=40,/);
  });

  it('cannot be said as an option', async () => {
    const options = { addedBy: 'somebody' } as object;

    const error = await shop.add(job(), 1, options).catch((thrown: unknown) => thrown);

    expect(error).to.have.nested.property('problems[0].path', 'options.addedBy');
  });

  it('may be a hundred characters of any script', () => {
    expect(() => shop.as('Магазин № 1 🐝')).to.not.throw();
    expect(() => shop.as('x'.repeat(100))).to.not.throw();
  });

  for (const name of ['', 'x'.repeat(101), 'two\nlines', 'bell\u0007', 7, null] as string[]) {
    it(`cannot be ${JSON.stringify(name).slice(0, 20)}`, () => {
      for (const make of [
        () => createProducer({ redis: client, name }),
        () => createProducer({ redis: 'redis://127.0.0.1:1', name }),
        () => shop.as(name),
      ]) {
        const error = refusal(make);
        expect(error).to.include({ code: 'CONFIG_INVALID' });
        expect(error.problems[0]).to.include({ path: 'name' });
      }
    });
  }
});

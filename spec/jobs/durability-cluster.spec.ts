import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { createProducer, type NotDurableError, type Producer } from '../../lib/client.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { shardNames, shardOf } from '../../lib/shards/route.ts';
import { type SpecFailoverCluster, startFailoverCluster } from '../support/cluster.ts';
import { silentLog } from '../support/log.ts';
import { giveShards } from '../support/shards.ts';
import { until } from '../support/wait.ts';

const define = (queue: string) => defineJob({ type: 'note', queue, schema: z.string() });
/** In slots of the three primaries. */
const NOTES = ['notes', 'news', 'mails', 'calls', 'pages', 'items'].map(define);
const [note = define('notes')] = NOTES;
const SOON = { replicas: 1, timeoutMs: 300 };
const PATIENT = { replicas: 1, timeoutMs: 5_000 };

describe('an add with durability in a Redis Cluster', () => {
  let cluster: SpecFailoverCluster;
  let producer: Producer;
  const nodes: Redis[] = [];

  beforeEach(async () => {
    cluster = await startFailoverCluster(['--repl-diskless-sync-delay', '0']);
    producer = createProducer({ redis: cluster.url });
    nodes.push(...cluster.ports.map((port) => new Redis(port)));
    for (const node of nodes) node.on('error', () => undefined);
  });
  afterEach(async () => {
    for (const port of cluster.ports) cluster.server(port).kill('SIGCONT');
    await producer.close();
    for (const node of nodes.splice(0)) node.disconnect();
    await cluster.stop();
  });

  const jobsOf = (queue: string): string => queueKeys('bq', queue, true).jobs;
  const refused = (adding: Promise<unknown>): Promise<NotDurableError> =>
    adding.then(
      () => expect.fail('it was acknowledged'),
      (error) => error,
    );
  const nodeAt = (at: number): Redis => nodes[at] ?? expect.fail(`there is no node ${at}`);
  /** Which of the primaries has a queue; its replica is three further. */
  const placeOf = async (queue: string): Promise<number> => {
    const slot = await nodeAt(0).cluster('KEYSLOT', jobsOf(queue));
    return Math.floor(Number(slot) / Math.ceil(16_384 / 3));
  };
  const isOnReplica = async (queue: string, id: string): Promise<boolean> => {
    const replica = nodeAt((await placeOf(queue)) + 3);
    await replica.readonly();
    return (await replica.hexists(jobsOf(queue), id)) === 1;
  };

  it('is acknowledged when a replica of the primary of its slot has it', async () => {
    const added = await producer.addMany(
      NOTES.map((one) => jobFor(one, 'a')),
      { durability: PATIENT },
    );
    expect(new Set(await Promise.all(added.map(({ queue }) => placeOf(queue))))).to.have.property('size', 3);
    for (const { queue, id } of added)
      expect([queue, await isOnReplica(queue, id)]).to.deep.equal([queue, true]);
    const strict = createProducer({ redis: cluster.url, durability: PATIENT });
    const chain = await strict.addChain([jobFor(note, 'a'), jobFor(note, 'b')]);
    expect(await isOnReplica(note.queue, chain.id)).to.equal(true);
    await strict.close();
  });

  it('rejects where that replica has not got it, and others are not asked', async () => {
    await producer.addMany(
      NOTES.map((one) => jobFor(one, 'a')),
      { durability: PATIENT },
    );
    const place = await placeOf(note.queue);
    cluster.server(cluster.ports[place + 3] ?? 0).kill('SIGSTOP');

    const error = await refused(producer.add(note, 'a', { id: 'own', durability: SOON }));
    expect(error).to.include({ name: 'ApiaryError', code: 'NOT_DURABLE' });
    expect(error.message).to.include('0 of 1 replicas');
    for (const one of NOTES) {
      if ((await placeOf(one.queue)) === place) continue;
      expect(await producer.add(one, 'a', { durability: PATIENT })).to.include({ created: true });
    }

    cluster.server(cluster.ports[place + 3] ?? 0).kill('SIGCONT');
    expect(await producer.add(note, 'a', { id: 'own', durability: PATIENT })).to.include({ created: false });
    expect(await isOnReplica(note.queue, 'own')).to.equal(true);
  });

  it('rejects where the replica of the shard that has it has not got it', async () => {
    const client = connect(parseRedisUrl(cluster.url), 'commands', { log: silentLog });
    const queue = 'shop';
    await giveShards({ client }, queue, 4);
    await closeClient(client);
    const shop = define(queue);
    const home = await placeOf(queue);
    const places = await Promise.all(shardNames(queue, 4).map(placeOf));
    const at = places.findIndex((place) => place !== home);
    expect(at).to.be.above(0);
    const keys = Array.from({ length: 100 }, (_, nth) => `key-${nth}`);
    const key = keys.find((one) => shardOf(one, 4) === at) ?? '';
    expect(await producer.add(shop, 'a', { key, durability: PATIENT })).to.include({ created: true });
    cluster.server(cluster.ports[(places[at] ?? 0) + 3] ?? 0).kill('SIGSTOP');

    const error = await refused(producer.add(shop, 'a', { key, durability: SOON }));
    expect(error).to.include({ name: 'ApiaryError', code: 'NOT_DURABLE' });
    const unique = { key: 'u', ttlMs: 600_000 };
    expect((await refused(producer.add(shop, 'a', { key, unique, durability: SOON }))).code).to.equal(
      'NOT_DURABLE',
    );

    // What goes to a shard of another primary does not wait for that one.
    const other = places.findIndex((place) => place !== places[at]);
    const elsewhere = keys.find((one) => shardOf(one, 4) === other) ?? '';
    const options = { key: elsewhere, durability: PATIENT };
    expect(await producer.add(shop, 'b', options)).to.include({ created: true });
    expect(await producer.add(shop, 'b', { ...options, unique })).to.include({ created: true });
    const many = await producer.addMany([jobFor(shop, 'c', { key: elsewhere })], { durability: PATIENT });
    expect(many).to.have.length(1);
    const batch = { jobs: [jobFor(shop, 'd')], last: jobFor(shop, 'e') };
    const strict = createProducer({ redis: cluster.url, durability: SOON });
    const first = await strict.addBatch(batch).then(
      () => 'acknowledged',
      ({ code }) => code,
    );
    expect(first).to.equal(home === places[at] ? 'NOT_DURABLE' : 'acknowledged');
    await strict.close();
  });

  it('takes no answer where the slot has moved, of which it had not heard, and waits anew when asked again', async () => {
    await producer.add(note, 'first', { durability: PATIENT });
    let queue = 0;
    const move = async (name: string): Promise<number> => {
      const to = ((await placeOf(name)) + 1) % 3;
      const slot = Number(await nodeAt(0).cluster('KEYSLOT', jobsOf(name)));
      const id = String(await nodeAt(to).cluster('MYID'));
      for (const at of [to, (to + 1) % 3, (to + 2) % 3])
        await nodeAt(at).cluster('SETSLOT', slot, 'NODE', id);
      return to;
    };
    const job = () => define(`moved-${queue}`);
    // It hears of slots now and then, which may be just before the add.
    const isRefused = async (): Promise<boolean> => {
      queue++;
      const to = await move(job().queue);
      const error = await producer.add(job(), 'a', { id: 'own', durability: PATIENT }).then(String, String);
      expect(await nodeAt(to).hexists(jobsOf(job().queue), 'own')).to.equal(1);
      return error.includes('its slot has moved to another primary meanwhile');
    };
    await until(isRefused, 'it has not heard of it');

    // Replicas of others hear of it late, and may be asked where the slot is.
    const isThere = (): Promise<boolean> =>
      producer.add(job(), 'a', { id: 'own', durability: PATIENT }).then(
        ({ created }) => !created,
        () => false,
      );
    await until(isThere, 'it is acknowledged where it is now');
  });

  it('loses nothing that was acknowledged when a primary is killed', async () => {
    const acknowledged: string[] = [];
    let isOver = false;
    const adding = Array.from({ length: 10 }, async () => {
      while (!isOver) {
        const added = await producer.add(note, 'x', { durability: PATIENT }).catch(() => null);
        if (added) acknowledged.push(added.id);
      }
    });
    await until(() => acknowledged.length >= 300, 'some are acknowledged');
    const place = await placeOf(note.queue);
    const port = cluster.ports[place] ?? 0;
    cluster.server(port).kill('SIGKILL');
    const count = acknowledged.length;
    const hasTakenOver = async (): Promise<boolean> =>
      String(await nodeAt(place + 3).role()).startsWith('master');
    await until(hasTakenOver, 'its replica has taken over', 60_000);
    // It is the replica then.
    await cluster.serve(port);
    const goOn = (): boolean => acknowledged.length >= count + 100;
    await until(goOn, 'adds go on', 60_000).finally(() => {
      isOver = true;
    });
    await Promise.all(adding);
    const kept = new Set(await nodeAt(place + 3).hkeys(jobsOf(note.queue)));
    expect(acknowledged.filter((id) => !kept.has(id))).to.deep.equal([]);
  });
});

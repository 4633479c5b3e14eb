import { expect } from 'chai';
import { recordEvents } from '../../lib/engine/events/event-log.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { eventPlaceText, parseEventPlace } from '../../lib/inspector/event-place.ts';
import type { QueueEvent } from '../../lib/inspector/events.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { shardName, shardNames, shardOf } from '../../lib/shards/route.ts';
import { carryPause } from '../../lib/shards/shard-settings.ts';
import { refusal, rejection } from '../support/refusal.ts';
import { giveShards } from '../support/shards.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const SHARDS = 3;

describe('the events of a queue with shards', function () {
  this.timeout(60_000);
  let workers: SpecWorkers;
  let inspector: Inspector;
  let queue: string;

  beforeEach(async () => {
    workers = openWorkers();
    queue = workers.queue;
    inspector = new Inspector({ client: workers.client });
    await giveShards({ client: workers.client }, queue, SHARDS);
  });
  afterEach(async () => {
    await workers.client.hdel(shardKeys('bq').records, queue);
    await inspector.close();
    await workers.close();
  });

  const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
  const keysOf = (at: number) => queueKeys('bq', shardName(queue, at), false);
  /** Hears so many events, and then ends. */
  const hear = async (count: number, since?: string): Promise<QueueEvent[]> => {
    const heard: QueueEvent[] = [];
    const options = since === undefined ? {} : { since };
    for await (const event of inspector.events(queue, options)) if (heard.push(event) === count) break;
    return heard;
  };
  const jobsOf = (events: readonly QueueEvent[]): unknown[] =>
    events.map((event) => ('job' in event ? event.job : event.event));

  /** Adds while somebody listens, and resolves with all events, by the id before the first. */
  const recorded = async (count: number): Promise<{ start: string; ids: string[]; all: QueueEvent[] }> => {
    await inspector.events.record(queue, true);
    const stream = await inspector.events.open(queue, null);
    const start = stream.idOf(queue) ?? '';
    stream.close();
    const ids: string[] = [];
    for (const nth of numbers(count)) ids.push(...(await workers.add(nth)));
    return { start, ids, all: await hear(count, start) };
  };

  it('come from all of them, by their times, under the name of the queue', async () => {
    const { ids, all } = await recorded(60);
    expect(new Set(ids.map((id) => shardOf(id, SHARDS))).size).to.equal(SHARDS);
    expect(jobsOf(all).sort()).to.deep.equal([...ids].sort());
    expect(new Set(all.map((event) => event.queue))).to.deep.equal(new Set([queue]));
    const times = all.map(({ at }) => at);
    expect(times).to.deep.equal([...times].sort((one, other) => one - other));
  });

  it('go on behind any of them, each once', async () => {
    const { ids, all } = await recorded(30);
    for (const at of [0, 7, 13, 28]) {
      const rest = await hear(ids.length - at - 1, all[at]?.id);
      expect(jobsOf([...all.slice(0, at + 1), ...rest]).sort(), String(at)).to.deep.equal([...ids].sort());
    }
  });

  it('go on in order over more than is read at a time', async () => {
    await inspector.events.record(queue, true);
    const { definition } = workers.handler(() => 1);
    const ids = (await workers.producer.addMany(definition, numbers(1_500))).map(({ id }) => id);
    const start = eventPlaceText(numbers(SHARDS).map(() => '0-0'));
    const all = await hear(ids.length, start);
    expect(new Set(jobsOf(all)).size).to.equal(ids.length);
    const times = all.map(({ at }) => at);
    expect(times).to.deep.equal([...times].sort((one, other) => one - other));
    const rest = await hear(500, all[999]?.id);
    expect(new Set(jobsOf([...all.slice(0, 1_000), ...rest])).size).to.equal(ids.length);
  });

  it('come while they happen, to who hears one queue and to who hears all', async () => {
    const own: QueueEvent[] = [];
    const every: QueueEvent[] = [];
    const over = new AbortController();
    const { signal } = over;
    const listening = [
      (async () => {
        for await (const event of inspector.events(queue, { signal })) own.push(event);
      })(),
      (async () => {
        for await (const event of inspector.events({ signal })) if (event.queue === queue) every.push(event);
      })(),
    ];
    await until(async () => {
      await workers.add('first');
      return own.length > 0 && every.length > 0;
    }, 'both listen');
    const ids = await workers.add(...numbers(20));
    for (const heard of [own, every])
      await until(() => ids.every((id) => jobsOf(heard).includes(id)), 'all were heard');
    over.abort();
    await Promise.all(listening);
    expect(every.every((event) => event.queue === queue)).to.equal(true);
  });

  it('tell of a gap in one shard alone, and of the others go on', async () => {
    const { ids, all } = await recorded(30);
    const [, { id = '' } = {}] = all;
    await workers.client.xtrim(keysOf(1).eventLog, 'MAXLEN', 1);
    const inOther = ids.filter((one) => shardOf(one, SHARDS) !== 1);
    const rest = await hear(inOther.length, id);
    expect(rest.filter(({ event }) => event === 'gap').length).to.equal(1);
  });

  it('go on with a shard that is new, from its first event on', async () => {
    await workers.client.hdel(shardKeys('bq').records, queue);
    const heard: QueueEvent[] = [];
    const over = new AbortController();
    // Another one, which has not looked yet.
    const fresh = new Inspector({ client: workers.client });
    const listening = (async () => {
      for await (const event of fresh.events(queue, { signal: over.signal })) heard.push(event);
    })();
    await until(async () => (await workers.client.exists(keysOf(0).eventLog)) === 1, 'it is listened to');
    // As whoever changes the number of shards does, before jobs are spread over them.
    await carryPause({ client: workers.client, prefix: 'bq' }, shardNames(queue, SHARDS));
    await giveShards({ client: workers.client }, queue, SHARDS);
    const ids = await workers.add(...numbers(30));
    await until(() => ids.every((id) => jobsOf(heard).includes(id)), 'all were heard');
    expect(jobsOf(heard).length).to.equal(ids.length);
    expect(parseEventPlace(heard.at(-1)?.id ?? '')?.length).to.equal(SHARDS);
    over.abort();
    await listening;
    await fresh.close();
  });

  it('are recorded in all shards, or in none', async () => {
    expect(await inspector.events.areRecorded(queue)).to.equal(false);
    await inspector.events.record(queue, true);
    for (const at of numbers(SHARDS)) expect(await workers.client.pttl(keysOf(at).eventLog)).to.equal(-1);
    expect(await inspector.events.areRecorded(queue)).to.equal(true);
    await recordEvents({ client: workers.client, keys: keysOf(2) }, false);
    expect(await inspector.events.areRecorded(queue)).to.equal(false);
  });

  it('take an id of a time before there were shards, and refuse what is none', async () => {
    const { ids, start } = await recorded(10);
    const before = start.split('.')[0];
    expect(jobsOf(await hear(ids.length, before)).sort()).to.deep.equal([...ids].sort());
    for (const since of [
      '',
      '.',
      '1-1.',
      '1-1..1-1',
      '1-1.x',
      `${'1-1.'.repeat(64)}1-1`,
      '1-1.'.repeat(100_000),
    ])
      expect(refusal(() => inspector.events(queue, { since })).code).to.equal('JOB_INVALID');
    const longest = Array(64).fill('999999999999999-999999999999999').join('.');
    expect(longest.length).to.be.below(2_048);
    expect(parseEventPlace(longest)?.length).to.equal(64);
  });

  it('end with what says that the log of a shard cannot be read', async () => {
    await workers.client.set(keysOf(2).eventLog, 'none');
    await rejection(inspector.events(queue).next());
    await workers.client.del(keysOf(2).eventLog);
  });
});

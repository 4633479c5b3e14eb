import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { KEY_TYPES } from '../../lib/engine/key-types.ts';
import { auditKey, presenceKeys, queueKeys } from '../../lib/engine/keys.ts';
import { createApi } from '../../lib/server/api/api.ts';
import { createHealth } from '../../lib/server/health/health.ts';
import { type Listener, listen } from '../../lib/server/listen.ts';
import { silentLog } from '../support/log.ts';
import { openMonitor, type SpecMonitor } from '../support/monitor.ts';
import { everyKey, REPLACEMENTS, replaceBy } from '../support/wrong-keys.ts';

const BAD = 'bad';
const GOOD = 'good';

describe('a queue of which one key is wrong', () => {
  let monitor: SpecMonitor;
  let api: Listener;

  beforeEach(async () => {
    // No fact is fresh: each page is read anew.
    let elapsedMs = 0;
    const elapsed = (): number => {
      elapsedMs += 60_000;
      return elapsedMs;
    };
    monitor = await openMonitor({ clock: { ...systemClock, elapsed } });
    const { inspector, producer } = monitor;
    const health = createHealth({ checks: {} });
    const handler = createApi({
      inspector,
      producer,
      health,
      keys: [],
      definitions: new Map(),
      log: silentLog,
    });
    api = await listen({ handler, role: 'api', host: '127.0.0.1', port: 0, variable: 'API_PORT' });
    for (const queue of [BAD, GOOD]) await fill(queue);
  });

  afterEach(async () => {
    await api.close(0);
    await monitor.close();
  });

  /** With jobs, a group, lines of limits, a schedule, so that as many keys as can be are read. */
  async function fill(queue: string): Promise<void> {
    const { producer, inspector } = monitor;
    const add = (options: object) => producer.addRaw({ type: 't', queue, data: 1, options });
    await add({});
    await add({ key: 'x' });
    await add({ group: 'x' });
    await producer.schedules.putRaw({ name: 's', queue, type: 't', everyMs: 60_000, data: 1 });
    await inspector.limits.set(queue, { fair: true }, 'spec');
    const keys = queueKeys(monitor.prefix, queue, false);
    await monitor.client.zadd(keys.turns, 0, 'x');
    await monitor.client.zadd(keys.workers, 0, 'x');
    await monitor.client.zadd(keys.batchIndex, 0, 'x');
  }

  const get = async (url: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(url, { headers: { Accept: 'text/html, application/json' } });
    return { status: answer.status, text: await answer.text() };
  };
  const listQueues = async () => {
    const { status, text } = await get(`http://127.0.0.1:${api.port}/v1/queues`);
    return { status, body: JSON.parse(text) as QueuesAnswer };
  };

  interface QueuesAnswer {
    queues: { name: string; counts: Record<string, number> }[];
    unreadable: { name: string; reason: string }[];
  }

  async function expectAllIsShown(what: string): Promise<void> {
    const [overview, arena, metrics] = await Promise.all(
      ['/', '/arena/', '/metrics'].map((path) => get(monitor.url + path)),
    );
    const list = await listQueues();
    expect([overview?.status, arena?.status, metrics?.status, list.status], what).to.deep.equal([
      200, 200, 200, 200,
    ]);
    expect(overview?.text, what).to.include(`id="queue-${GOOD}"`);
    expect(arena?.text, what).to.include(`/${GOOD}"`);
    expect(metrics?.text, what)
      .to.include('apiary_redis_up 1')
      .and.to.include(`apiary_queue_jobs{queue="${GOOD}"`);
    expect(
      list.body.queues.map(({ name }) => name),
      what,
    ).to.include(GOOD);
    const known = [...list.body.queues, ...list.body.unreadable].map(({ name }) => name);
    expect(known, what).to.include(BAD);
  }

  for (const type of REPLACEMENTS) {
    it(`hides no other, whichever of its keys is a ${type}`, async () => {
      for (const { kind, key } of everyKey(monitor.prefix, BAD)) {
        const kept = await monitor.client.dumpBuffer(key);
        await replaceBy(monitor.client, key, type);
        monitor.inspector.census.forget();

        await expectAllIsShown(`${kind} as a ${type}`);

        await monitor.client.del(key);
        if (kept) await monitor.client.restore(key, 0, kept);
      }
    }).timeout(120_000);
  }

  for (const kind of ['jobs', 'waiting', 'stats', 'meta'] as const) {
    it(`is named with the key and what to do, where ${kind} is a string`, async () => {
      const key = queueKeys(monitor.prefix, BAD, false)[kind];
      await replaceBy(monitor.client, key, 'string');

      const { body } = await listQueues();
      const overview = await get(monitor.url);
      const metrics = await get(`${monitor.url}/metrics`);

      const reason = `${key} holds a string where a ${KEY_TYPES[kind]} belongs; rename or delete what does not belong there`;
      expect(body.unreadable).to.deep.equal([{ name: BAD, reason }]);
      expect(overview.text).to.include(`Queue ${BAD}: ${reason}`);
      expect(metrics.text)
        .to.include(`apiary_queue_unreadable{queue="${BAD}"} 1`)
        .and.to.include(`apiary_queue_unreadable{queue="${GOOD}"} 0`);
    });
  }

  it('hides no schedules of others, where the ticks of its own are a string', async () => {
    await replaceBy(monitor.client, queueKeys(monitor.prefix, BAD, false).scheduleTicks, 'string');

    const { status, text } = await get(`http://127.0.0.1:${api.port}/v1/schedules`);

    const answer = JSON.parse(text) as { schedules: { queue: string }[]; unreadable: { name: string }[] };
    expect(status).to.equal(200);
    expect(answer.schedules.map(({ queue }) => queue)).to.deep.equal([GOOD]);
    expect(answer.unreadable.map(({ name }) => name)).to.deep.equal([BAD]);
  });

  it('is named too where a text in it is no JSON', async () => {
    await monitor.client.hset(queueKeys(monitor.prefix, BAD, false).meta, 'paused', 'x');

    const { body } = await listQueues();

    expect(body.unreadable.map(({ name }) => name)).to.deep.equal([BAD]);
  });

  it('says in its own answers which key it is', async () => {
    const key = queueKeys(monitor.prefix, BAD, false).stats;
    await replaceBy(monitor.client, key, 'string');

    const { status, text } = await get(`http://127.0.0.1:${api.port}/v1/queues/${BAD}`);

    expect([status, JSON.parse(text).detail]).to.deep.equal([
      500,
      `key ${key} in Redis holds another type of value than it should; the overview and GET /v1/queues say which`,
    ]);
  });

  for (const type of REPLACEMENTS) {
    it(`is not needed for that: keys of no queue as a ${type} hide nothing either`, async () => {
      const { index, worker } = presenceKeys(monitor.prefix);
      await monitor.client.zadd(index, Date.now() + 60_000, 'w');
      for (const key of [worker('w'), auditKey(monitor.prefix), index]) {
        await replaceBy(monitor.client, key, type);

        await expectAllIsShown(`${key} as a ${type}`);
      }
    });
  }
});

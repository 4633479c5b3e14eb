import { expect } from 'chai';
import { loadConfig } from '../../../lib/config.ts';
import { alertsKey } from '../../../lib/engine/keys.ts';
import { createWorker, defineJob, handle } from '../../../lib/index.ts';
import { startAlerts } from '../../../lib/start-alerts.ts';
import { openAlerts, type SpecAlerts } from '../../support/alerts.ts';
import { type LogRecord, recordingLog, silentLog } from '../../support/log.ts';
import { QUEUE } from '../../support/monitor.ts';
import { redisUrl, startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const MINUTE_MS = 60_000;
const FIRST = ['firing failing mail', 'firing new-failure mail'];

describe('the watch for alerts', function () {
  this.timeout(120_000);
  let alerts: SpecAlerts;

  beforeEach(async () => {
    alerts = await openAlerts();
  });
  afterEach(() => alerts.close());

  const told = (count: number): Promise<void> =>
    until(() => alerts.told().length >= count, `${count} alerts were told`);
  /** Watches from the beginning, so that what comes is new. */
  const watchFirst = async (env?: Record<string, string>, log?: ReturnType<typeof recordingLog>['log']) => {
    const end = await alerts.watch(env, log);
    await alerts.looked(1);
    return end;
  };

  it('tells of what fails once, signed, in words for people and in fields for programs', async () => {
    const records: LogRecord[] = [];
    const { log, records: kept } = recordingLog();
    await watchFirst({}, log);
    await alerts.jobIn('failed');
    await told(2);
    await alerts.jobIn('failed');
    await alerts.looked();
    records.push(...kept);

    expect(alerts.told()).to.have.members(FIRST);
    const [failing] = alerts.messages().filter(({ alerts: [one] }) => one?.rule === 'failing');
    expect(failing).to.deep.include({ status: 'firing', prefix: alerts.prefix, more: 0 });
    expect(failing?.text).to.match(
      /^Apiary \(spec-.*\): \*warning\* Jobs of queue mail fail for good\. 1 in the last hour\./,
    );
    expect(failing?.alerts[0]).to.include({ severity: 'warning', queue: QUEUE, endedAt: null });
    const [kind] = alerts.messages().filter(({ alerts: [one] }) => one?.rule === 'new-failure');
    expect(kind?.text).to.include('of type email.send: Error: mailbox full');
    expect(kind?.alerts[0]?.subject).to.match(/^[0-9a-f]{16}$/);
    expect(records.filter(({ message }) => message === 'an alert fires')).to.have.length(2);
  });

  it('says when it is over, but not of what has happened', async () => {
    await watchFirst();
    const id = await alerts.jobIn('failed');
    await told(2);
    await alerts.inspector.remove(QUEUE, id);
    await alerts.rewrite((one) => ({ ...one, seenAt: one.seenAt - 61 * MINUTE_MS }));
    await told(3);
    await alerts.looked();

    expect(alerts.told().slice(2)).to.deep.equal(['resolved failing mail']);
    expect(alerts.messages().at(-1)?.text).to.include(
      '*resolved* Jobs of queue mail fail for good. It lasted',
    );
    expect((await alerts.inspector.alerts.list()).alerts).to.be.empty;
  });

  it('waits as long as the rule says, and not a look less', async () => {
    await alerts.jobIn('waiting');
    await watchFirst();
    await alerts.looked();
    expect(alerts.told()).to.be.empty;
    await alerts.rewrite((one) => ({ ...one, since: one.since - 2 * MINUTE_MS }));
    await told(1);

    expect(alerts.told()).to.deep.equal(['firing no-worker mail']);
    expect(alerts.messages()[0]?.alerts[0]?.severity).to.equal('critical');
  });

  it('sends one message, however many processes watch', async () => {
    await Promise.all([alerts.watch(), alerts.watch(), alerts.watch()]);
    await alerts.looked(1);
    await alerts.jobIn('failed');
    await told(2);
    await alerts.looked(5);

    expect(alerts.told()).to.have.members(FIRST);
  });

  it('goes on where one ends, and tells nothing twice', async () => {
    const end = await watchFirst();
    await alerts.jobIn('failed');
    await told(2);
    await end();
    await alerts.watch();
    await alerts.looked();

    expect(alerts.told()).to.have.members(FIRST);
  });

  it('leaves it to the one that holds the lease, and takes one over that is over or is none', async () => {
    const hash = alertsKey(alerts.prefix);
    const now = await alerts.inspector.alerts.store.now();
    await alerts.client.hset(hash, 'lease', `another ${now + MINUTE_MS}`);
    const lease = async () => (await alerts.client.hget(hash, 'lease')) ?? '';
    await alerts.watch();
    await alerts.jobIn('failed');
    expect(await alerts.inspector.alerts.store.hold('third', { now, forMs: MINUTE_MS })).to.equal(false);
    expect(await alerts.client.hget(hash, 'state')).to.equal(null);

    for (const strange of [`another ${now - 1}`, 'no lease', `another ${now * 1_000}`]) {
      await alerts.client.hset(hash, 'lease', strange);
      await until(async () => (await lease()) !== strange, `"${strange}" was taken over`);
    }
  });

  it('begins anew where something else is stored, and hides no queue behind one that cannot be read', async () => {
    await alerts.client.hset(alertsKey(alerts.prefix), 'state', '{"alerts":[{}]}');
    await alerts.client.set(`${alerts.prefix}:broken:knownCases`, 'no hash');
    await alerts.client.set(`${alerts.prefix}:broken:delayed`, 'no set');
    await alerts.client.hset(`${alerts.prefix}:broken:jobs`, 'x', '{}');
    await alerts.watch();
    await alerts.looked(1);
    await alerts.jobIn('failed');
    await told(2);

    expect(alerts.told()).to.have.members(FIRST);
  });

  it('sends what another has planned and could not send, and that once', async () => {
    const body = JSON.stringify({ text: 'x', status: 'summary', prefix: 'bq', alerts: [], more: 0 });
    await watchFirst().then((end) => end());
    const read = await alerts.inspector.alerts.store.read();
    if (read.state === null) throw new Error('nothing is stored');
    const sending = [{ id: 'alerts-1', body }];
    await alerts.inspector.alerts.store.change(read, { ...read.state, sending });
    await alerts.watch();
    await until(() => alerts.messages().length > 0, 'it was sent');
    await alerts.looked();

    expect(alerts.messages()).to.have.length(1);
    expect((await alerts.inspector.alerts.store.read()).state?.sending).to.be.empty;
  });

  it('is not held up by a message of which no job can be made', async () => {
    for (const strange of [
      { id: 'alerts-1', body: 'no JSON' },
      { id: 'a\nb', body: '{}' },
    ]) {
      await watchFirst().then((end) => end());
      const read = await alerts.inspector.alerts.store.read();
      if (read.state === null) throw new Error('nothing is stored');
      await alerts.inspector.alerts.store.change(read, { ...read.state, sending: [strange] });

      expect((await alerts.inspector.alerts.store.read()).state, strange.id).to.equal(null);
    }
    await watchFirst();
    await alerts.jobIn('failed');
    await told(2);
  });

  it('keeps what cannot be sent and tries again', async () => {
    const { log, records } = recordingLog();
    const settings = { ALERT_WEBHOOK_URL: `${alerts.endpoint.origin}/a`, QUEUE_PREFIX: alerts.prefix };
    const config = loadConfig({ NODE_ENV: 'test', ...settings });
    let refusals = 3;
    const { inspector, producer } = alerts;
    const full = new Proxy(producer, {
      get: (target, name) => {
        if (name === 'add' && refusals-- > 0) return () => Promise.reject(new Error('full'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const end = await startAlerts({ config, log, inspector, producer: full }, 20);
    try {
      await alerts.looked(1);
      await alerts.jobIn('failed');
      await told(2);
      await alerts.looked();
    } finally {
      await end?.();
    }

    expect(alerts.told()).to.have.members(FIRST);
    expect(records.filter(({ message }) => /cannot be sent/.test(message))).to.have.length(1);
  });

  it('holds messages in quiet hours and tells at their end what is still wrong, in one', async () => {
    const end = await watchFirst({ ALERT_QUIET_HOURS: hoursAround(new Date()) });
    const gone = await alerts.jobIn('failed');
    const both = async () => (await alerts.inspector.alerts.list()).alerts.length === 2;
    await until(both, 'they fire');
    await alerts.inspector.remove(QUEUE, gone);
    await alerts.rewrite((one) => ({ ...one, seenAt: one.seenAt - 61 * MINUTE_MS }));
    await until(async () => !(await both()), 'one is over');
    await alerts.looked();
    expect(alerts.messages()).to.be.empty;
    await end();
    await alerts.watch();
    await until(() => alerts.messages().length > 0, 'the quiet hours are over');
    await alerts.looked();

    const [summary, ...others] = alerts.messages();
    expect(others).to.be.empty;
    expect(summary?.status).to.equal('summary');
    expect(summary?.text).to.include('after the quiet hours, 1 firing');
    expect(alerts.told()).to.deep.equal(['firing new-failure mail']);
  });

  it('tells of many at once in one message', async () => {
    const { client, prefix, inspector } = alerts;
    for (let at = 0; at < 25; at++) {
      await client.zadd(`${prefix}:q-${at}:failedOrder`, Date.now(), 'x');
      await client.hset(`${prefix}:q-${at}:jobs`, 'x', '{}');
    }
    inspector.census.forget();
    await alerts.watch({ ALERT_RULES: 'new-failure=off' });
    await until(() => alerts.messages().length > 0, 'they are told');
    await alerts.looked();

    const [summary, ...others] = alerts.messages();
    expect(others).to.be.empty;
    expect(summary).to.deep.include({ status: 'summary', more: 5 });
    expect(summary?.alerts).to.have.length(20);
    expect(summary?.text).to.include('25 firing').and.include('and 5 more: apiary alerts lists them');
  });

  it('leaves out rules and queues that are off, and what somebody ignores', async () => {
    await watchFirst({ ALERT_RULES: 'failing=off,new-failure@mail=off' });
    await alerts.jobIn('failed');
    await alerts.looked();
    expect((await alerts.inspector.alerts.list()).alerts).to.be.empty;
  });

  it('tells of a kind again that is back after it was resolved, once', async () => {
    await watchFirst({ ALERT_RULES: 'failing=off' });
    await alerts.jobIn('failed');
    await told(1);
    const { groups } = await alerts.inspector.failures.groups(QUEUE);
    const { fingerprint = '' } = groups[0] ?? {};
    await alerts.inspector.failures.mark(QUEUE, fingerprint, { verdict: 'resolved', version: '2.0' }, 'ada');
    const at = (await alerts.inspector.failures.case(QUEUE, fingerprint))?.mark?.at ?? 0;
    await until(async () => (await alerts.inspector.alerts.store.now()) > at, 'the clock has gone on');
    await alerts.jobIn('failed');
    await told(2);
    await alerts.jobIn('failed');
    await alerts.looked();

    const [, back, ...others] = alerts.messages();
    expect(others).to.be.empty;
    expect(back?.text).to.include('A kind of failure is back in queue mail').and.include('in version 2.0');
  });

  it('does not tell of kinds that were there before anybody watched', async () => {
    await alerts.jobIn('failed');
    await alerts.watch({ ALERT_RULES: 'failing=off' });
    await alerts.looked();
    await alerts.jobIn('failed');
    await alerts.looked();

    expect(alerts.messages()).to.be.empty;
  });

  it('tells of a schedule that missed its time, once', async () => {
    const { producer, prefix, client } = alerts;
    const later = {
      type: 'email.send',
      queue: QUEUE,
      name: 'nightly',
      cron: '0 3 1 1 *',
      missed: 'skip',
    } as const;
    await producer.schedules.putRaw({ ...later, data: {} });
    await watchFirst();
    await client.zadd(`${prefix}:${QUEUE}:scheduleTicks`, Date.now() - MINUTE_MS, 'nightly');
    const job = defineJob<object>({ type: 'email.send', queue: QUEUE });
    const handlers = [handle(job, () => null)];
    const worker = createWorker({
      redis: redisUrl(),
      prefix,
      queues: { [QUEUE]: 1 },
      handlers,
      log: silentLog,
    });
    await worker.start();
    try {
      await told(1);
      await alerts.looked();
    } finally {
      await worker.stop();
    }

    expect(alerts.told()).to.deep.equal(['firing schedule-missed mail']);
    expect(alerts.messages()[0]?.text).to.include(
      'Schedule nightly of queue mail missed its time. 1 of its ticks',
    );
  });

  it('goes on behind the queues of a turn where there are many', async () => {
    const names = Array.from({ length: 700 }, (_, at) => `many-${at}`);
    const { client, prefix } = alerts;
    await Promise.all(names.map((name) => client.hset(`${prefix}:${name}:jobs`, 'x', '{}')));
    await client.zadd(`${prefix}:many-699:failedOrder`, Date.now(), 'x');
    await client.zadd(`${prefix}:many-0:failedOrder`, Date.now(), 'x');
    await alerts.watch({ ALERT_RULES: 'new-failure=off' });
    await told(2);

    expect(alerts.told()).to.have.members(['firing failing many-0', 'firing failing many-699']);
  });

  it('looks at nothing and stores nothing where no address is set', async () => {
    const config = loadConfig({ NODE_ENV: 'test', QUEUE_PREFIX: alerts.prefix });
    const { inspector, producer } = alerts;

    expect(await startAlerts({ config, log: silentLog, inspector, producer }, 1)).to.equal(null);
    expect(await alerts.client.exists(alertsKey(alerts.prefix))).to.equal(0);
    expect(await inspector.alerts.list()).to.deep.equal({ alerts: [], more: 0, lookedAt: null });
  });
});

describe('the watch for alerts while Redis is away', function () {
  this.timeout(180_000);

  it('tells nothing that is not so, goes on when it is back, and forgets nothing', async () => {
    const redis = await startRedis();
    const alerts = await openAlerts(redis.url);
    try {
      await alerts.watch();
      await alerts.looked(1);
      await alerts.jobIn('failed');
      await until(() => alerts.told().length === 2, 'it is told');
      await redis.kill();
      await redis.restart();
      await until(
        () =>
          alerts.looked(1).then(
            () => true,
            () => false,
          ),
        'it is looked again',
      );
      await alerts.looked();
      expect(alerts.told()).to.have.members(FIRST);
    } finally {
      await alerts.close();
      await redis.stop();
    }
  });
});

/** From an hour before a time to an hour after it, by UTC. */
function hoursAround(time: Date): string {
  const text = (awayMs: number): string => new Date(time.getTime() + awayMs).toISOString().slice(11, 16);
  return `${text(-60 * MINUTE_MS)}-${text(60 * MINUTE_MS)}`;
}

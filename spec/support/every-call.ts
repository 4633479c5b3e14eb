import { z } from 'zod';
import type { Queue } from '../../lib/engine/bee/queue.ts';
import type { AuditNote, Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import type { Producer } from '../../lib/jobs/producer.ts';

/** For every method of an object that returns a promise, a call of it; one that is forgotten does not compile. */
type Calls<Told, Left extends PropertyKey = never> = {
  [Name in keyof Told as Name extends Left
    ? never
    : Told[Name] extends (...given: never[]) => Promise<unknown>
      ? Name
      : never]: (told: Told) => Promise<unknown>;
};

/** A call that asks Redis for something, by the name of its method. */
export type NamedCall = readonly [name: string, call: () => Promise<unknown>];

const Mail = defineJob({ type: 'mail.send', queue: 'mail', schema: z.string(), retries: 0 });
const Bulk = defineJob({ type: 'mail.bulk', queue: 'mail', schema: z.string(), group: { graceMs: 10 } });
const group = { type: 'mail.bulk', name: 'all' };
const note: AuditNote = {
  ...{ by: 'somebody', through: 'api', action: 'pause', queue: 'mail', id: null, detail: null },
  outcome: 'done',
};

/** Every call of a producer that asks Redis, and those of its schedules. */
export function callsOf(producer: Producer): NamedCall[] {
  const own: Calls<Producer, 'close'> = {
    add: (told) => told.add(Mail, 'one'),
    addMany: (told) => told.addMany(Mail, ['one', 'two']),
    addRaw: (told) => told.addRaw({ type: 'mail.send', queue: 'made by stock bee', data: 1 }),
    addChain: (told) => told.addChain([jobFor(Mail, 'one'), jobFor(Mail, 'two')]),
    addBatch: (told) => told.addBatch({ jobs: [jobFor(Mail, 'one')], last: jobFor(Mail, 'two') }),
    addWorkflow: (told) => told.addWorkflow(({ job }) => void job('one', Mail, 'one')),
    waitFor: (told) => told.waitFor('1', { timeoutMs: 20_000 }),
    signal: (told) => told.signal({ id: '1', queue: 'mail' }, 'go'),
  };
  const schedules: Calls<Producer['schedules']> = {
    put: (told) => told.put(Mail, { name: 'daily', data: 'one', everyMs: 60_000 }),
    putAny: (told) => told.putAny(Mail, { name: 'daily', data: 'one', everyMs: 60_000 }),
    putRaw: (told) =>
      told.putRaw({ type: 'mail.send', queue: 'mail', name: 'daily', data: 1, everyMs: 60_000 }),
    pause: (told) => told.pause('mail', 'daily', 'somebody'),
    resume: (told) => told.resume('mail', 'daily'),
    remove: (told) => told.remove('mail', 'daily'),
  };
  const further: NamedCall[] = [
    ['add with a unique key', () => producer.add(Mail, 'one', { unique: { key: 'one' } })],
    ['add to a group', () => producer.add(Bulk, 'one', { group: 'all' })],
    ['add under another name', () => producer.as('other').add(Mail, 'one')],
  ];
  return [...named('', producer, own), ...named('schedules.', producer.schedules, schedules), ...further];
}

/** Every call of an inspector that asks Redis, and those of its parts. */
export function looksOf(inspector: Inspector): NamedCall[] {
  const own: Calls<Inspector, 'close' | 'redisInfo'> = {
    queueNames: (told) => told.queueNames(),
    queues: (told) => told.queues(),
    schedulePage: (told) => told.schedulePage(),
    eachQueue: (told) => told.eachQueue(['mail'], (name) => told.queue(name)),
    queue: (told) => told.queue('mail'),
    workers: (told) => told.workers(),
    contracts: (told) => told.contracts(),
    why: (told) => told.why('mail', '1'),
    setPriority: (told) => told.setPriority('mail', '1', 0),
    history: (told) => told.history('mail'),
    rates: (told) => told.rates('mail'),
    times: (told) => told.times('mail'),
    job: (told) => told.job('mail', '1'),
    jobs: (told) => told.jobs('mail', { state: 'waiting' }),
    search: (told) => told.search('mail', { state: 'failed' }),
    find: (told) => told.find('1'),
    workflow: (told) => told.workflow('1'),
    retry: (told) => told.retry('mail', '1'),
    promote: (told) => told.promote('mail', '1'),
    remove: (told) => told.remove('mail', '1'),
    removeIdle: (told) => told.removeIdle('mail', '1'),
    archive: (told) => told.archive('mail', '1', 'somebody'),
    move: (told) => told.move('mail', '1', { to: 'slow', by: 'somebody' }),
    cancel: (told) => told.cancel('mail', '1', 'somebody'),
    retryAll: (told) => told.retryAll('mail'),
    promoteAll: (told) => told.promoteAll('mail'),
    removeAll: (told) => told.removeAll('mail', 'failed'),
    archiveAll: (told) => told.archiveAll('mail', 'waiting', { by: 'somebody' }),
    reschedule: (told) => told.reschedule('mail', '1', { runAt: 1 }),
    signal: (told) => told.signal('mail', '1', 'go'),
    log: (told) => told.log('mail', '1', { by: 'somebody', message: 'looked at' }),
    rerun: (told) => told.rerun('mail', '1', 'somebody'),
    updateData: (told) => told.updateData('mail', '1', 'two'),
    clean: (told) => told.clean('mail', 'failed', 10),
    pause: (told) => told.pause('mail', 'somebody'),
    resume: (told) => told.resume('mail'),
    forget: (told) => told.forget({ field: { path: 'a', value: 'b' }, queues: ['mail'] }),
    deleteQueue: (told) => told.deleteQueue('mail'),
    requireRights: (told) => told.requireRights(),
    ping: (told) => told.ping(),
  };
  return [...named('', inspector, own), ...partsOf(inspector)];
}

function partsOf(inspector: Inspector): NamedCall[] {
  const { schedules, limits, groups, batches, workflows, audit, failures, bulk, census, uniqueKeys } =
    inspector;
  const { workerPace, workerLanes, alerts } = inspector;
  const ofSchedules: Calls<Inspector['schedules']> = {
    list: (told) => told.list('mail'),
    names: (told) => told.names('mail'),
    listNamed: (told) => told.listNamed('mail', ['daily']),
    get: (told) => told.get('mail', 'daily'),
    next: (told) => told.next('mail', 'daily'),
    firings: (told) => told.firings('mail', 'daily'),
    pause: (told) => told.pause('mail', 'daily', 'somebody'),
    resume: (told) => told.resume('mail', 'daily'),
    remove: (told) => told.remove('mail', 'daily'),
    fireNow: (told) => told.fireNow('mail', 'daily'),
  };
  const ofLimits: Calls<Inspector['limits']> = {
    get: (told) => told.get('mail'),
    set: (told) => told.set('mail', { concurrency: 1 }, 'somebody'),
    lift: (told) => told.lift('mail', 'somebody'),
    refill: (told) => told.refill('mail'),
    nextTokenInMs: (told) => told.nextTokenInMs('mail'),
    holds: (told) => told.holds('mail'),
    keys: (told) => told.keys('mail'),
  };
  const ofGroups: Calls<Inspector['groups']> = {
    list: (told) => told.list('mail'),
    get: (told) => told.get('mail', group),
    jobs: (told) => told.jobs('mail', group),
    fire: (told) => told.fire('mail', group),
    remove: (told) => told.remove('mail', group),
  };
  const ofBulk: Calls<Inspector['bulk']> = {
    count: (told) => told.count('mail', 'failed'),
    retry: (told) => told.retry('mail'),
    promote: (told) => told.promote('mail'),
    remove: (told) => told.remove('mail', 'failed'),
    archive: (told) => told.archive('mail', 'waiting', { by: 'somebody' }),
    move: (told) => told.move('mail', 'failed', { to: 'slow', by: 'somebody' }),
    cancel: (told) => told.cancel('mail', 'active', { by: 'somebody' }),
  };
  const ofWorkflows: Calls<Inspector['workflows']> = {
    get: (told) => told.get('mail', '1'),
    find: (told) => told.find('1'),
    list: (told) => told.list('mail'),
    cancel: (told) => told.cancel('mail', '1', 'somebody'),
    retry: (told) => told.retry('mail', '1'),
    rerun: (told) => told.rerun('mail', '1', 'one'),
  };
  const ofFailures: Calls<Inspector['failures']> = {
    groups: (told) => told.groups('mail'),
    case: (told) => told.case('mail', '0123456789abcdef'),
    noteReopened: (told) => told.noteReopened('mail'),
    mark: (told) => told.mark('mail', '0123456789abcdef', { verdict: 'ignored' }, 'somebody'),
  };
  const ofAlerts: Calls<Inspector['alerts']> = {
    list: (told) => told.list(),
    failedSince: (told) => told.failedSince('mail', 0),
    newKinds: (told) => told.newKinds('mail', 0),
    noteKinds: (told) => told.noteKinds('mail', { kinds: [], met: [], until: 0 }, 0),
  };
  const ofAudit: Calls<Inspector['audit']> = {
    record: (told) => told.record(note),
    list: (told) => told.list(),
    about: (told) => told.about('mail', ['1']),
    kept: (told) => told.kept(),
    keep: (told) => told.keep({ count: 1_000, days: 1 }),
    trim: (told) => told.trim(),
  };
  return [
    ...named('schedules.', schedules, ofSchedules),
    ...named('limits.', limits, ofLimits),
    ...named('groups.', groups, ofGroups),
    ...named('uniqueKeys.', uniqueKeys, {
      holder: (told) => told.holder('mail', 'k'),
      free: (told) => told.free('mail', 'k'),
    }),
    ...named('batches.', batches, {
      get: (told) => told.get('mail', '1'),
      list: (told) => told.list('mail'),
    }),
    ...named('workflows.', workflows, ofWorkflows),
    ...named('audit.', audit, ofAudit),
    ...named('failures.', failures, ofFailures),
    ...named('alerts.', alerts, ofAlerts),
    ...named('bulk.', bulk, ofBulk),
    ...named('workerPace.', workerPace, {
      pause: (told) => told.pause('web-1'),
      resume: (told) => told.resume('web-1'),
      setConcurrency: (told) => told.setConcurrency('web-1', 2),
      change: (told) => told.change('web-1', { paused: true }),
      find: (told) => told.find('web-1'),
    }),
    ...named('workerLanes.', workerLanes, { read: (told) => told.read('web-1') }),
    ...named('census.', census, { names: (told) => told.names() }),
  ];
}

/** Every call of a queue of bee-queue's interface, and of its jobs, that asks Redis. */
export function beeCallsOf(queue: Queue): NamedCall[] {
  const job = queue.createJob('one').setId('1');
  return [
    ['connect', () => queue.connect()],
    ['ready', () => queue.ready()],
    ['saveAll', () => queue.saveAll([job]).then((errors) => Promise.reject(errors.get(job)))],
    ['getJob', () => queue.getJob('1')],
    ['getJobs', () => queue.getJobs('waiting')],
    ['getJobs of an unordered set', () => queue.getJobs('failed')],
    ['removeJob', () => queue.removeJob('1')],
    ['checkHealth', () => queue.checkHealth()],
    ['checkStalledJobs', () => queue.checkStalledJobs()],
    ['destroy', () => queue.destroy()],
    ['job.save', () => queue.createJob('two').save()],
    ['job.retry', () => job.retry()],
    ['job.promote', () => job.promote()],
    ['job.remove', () => job.remove()],
    ['job.isInSet', () => job.isInSet('failed')],
    ['job.reportProgress', () => job.reportProgress(1)],
  ];
}

function named<Told>(
  prefix: string,
  told: Told,
  calls: Readonly<Record<string, (told: Told) => Promise<unknown>>>,
): NamedCall[] {
  return Object.entries(calls).map(([name, call]) => [`${prefix}${name}`, () => call(told)]);
}

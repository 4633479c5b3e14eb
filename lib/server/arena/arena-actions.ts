import { type Request, type RequestHandler, Router } from 'express';
import { systemClock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import { audited } from '../../inspector/audited.ts';
import type { IdleState, Inspector } from '../../inspector/inspector.ts';
import { JOB_OPERATIONS, type JobOperationName, operate, operateOnEach } from '../../inspector/operations.ts';
import { type AuditAction, QUEUE_OPERATIONS, SCHEDULE_OPERATIONS } from '../../inspector/queue-operations.ts';
import type { Adder } from '../../jobs/adder.ts';
import { parseData } from '../../jobs/check-data.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { Logger } from '../../logger.ts';
import { jobAddress } from '../pages/addresses.ts';
import { actorOf, baseOf, userOf } from '../pages/visit.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import { JSON_TYPE, readJsonBody, requireMediaType } from '../request-body.ts';
import { withinLimit } from '../time-limit.ts';
import { type ArenaAddDeps, addCopy, addFromPage } from './arena-add.ts';
import { invalid, parseIds, toFields } from './arena-body.ts';
import { limitsOf } from './arena-limits.ts';
import { isListed, type ListedQueues } from './listed-queues.ts';

/** What the buttons of Arena work with. */
export interface ArenaActionsDeps extends ArenaAddDeps, ListedQueues {
  inspector: Inspector;
  producer: Producer;
  log: Logger;
}

/** What a button is pressed for. */
interface Press {
  queue: string;
  /** Empty where it is not about one job. */
  id: string;
  body: unknown;
  by: string;
  /** What stands before the addresses of the Redis server that it is about. */
  base: string;
  /** Adds jobs under the name of the user, where there are users. */
  adder: Adder;
}

/** A button's work; says what it did, and throws what is answered as a problem. */
type Action = (press: Press) => Promise<string>;

interface Button {
  method: 'post' | 'put' | 'patch' | 'delete';
  path: string;
  /** What the audit calls it. */
  name: AuditAction;
  action: Action;
  hasBody?: true;
}

const LIMIT_MS = 30_000;
const MOST_CLEANED = 1_000;
const CLEANED_STATES: Readonly<Record<string, IdleState>> = {
  waiting: 'waiting',
  delayed: 'delayed',
  succeeded: 'succeeded',
  completed: 'succeeded',
  failed: 'failed',
};

/**
 * Does what Arena's buttons ask, in place of Arena's own handlers. Those trust the state that the page was drawn
 * with, add a copy of a job that has not failed, stop a bulk in the middle and answer with stack traces; these ask
 * the inspector, which looks and acts in one script, and say what was not done and why. To be
 * mounted behind what decides who may change something.
 */
export function createArenaActions(deps: ArenaActionsDeps): Router {
  const router = Router();
  const readBody = [requireMediaType([JSON_TYPE], { isRequired: true }), readJsonBody];
  router.use(requireMediaType([JSON_TYPE], { isRequired: false }));
  for (const button of actionTable(deps)) {
    const { method, path, hasBody } = button;
    router[method](`/queue/:host/:queue/${path}`, hasBody ? readBody : [], perform(deps, button));
  }
  router.use((_req, res) => sendProblem(res, httpProblem(404, 'there is no such action here')));
  return router;
}

/** Every button: the call that Arena's page makes for it, its name in the audit, and what it does. */
function actionTable(deps: ArenaActionsDeps): Button[] {
  const { inspector } = deps;
  const { pause, resume, clean, limit, refill } = QUEUE_OPERATIONS;
  const { remove: removeSchedule } = SCHEDULE_OPERATIONS;
  const add: Action = async ({ queue, body, adder }) =>
    `job ${await addFromPage({ ...deps, producer: adder }, queue, body)} was added`;
  const setLimits: Action = async ({ queue, by, body }) =>
    (await limit.run(inspector, { queue, by }, await limitsOf(inspector, queue, body))).text;
  return [
    { method: 'put', path: 'pause', ...whole(inspector, pause) },
    { method: 'put', path: 'resume', ...whole(inspector, resume) },
    { method: 'post', path: 'job', name: 'add', action: add, hasBody: true },
    { method: 'put', path: 'job/:id/data', ...named('edit', edit(deps)), hasBody: true },
    { method: 'patch', path: 'job/bulk', ...named('retry', onEach(inspector, 'retry')), hasBody: true },
    { method: 'patch', path: 'job/:id', ...named('retry', runAgain(deps)) },
    {
      method: 'patch',
      path: 'delayed/job/bulk',
      ...named('promote', onEach(inspector, 'promote')),
      hasBody: true,
    },
    { method: 'patch', path: 'delayed/job/:id', ...named('promote', onOne(inspector, 'promote')) },
    { method: 'post', path: 'job/bulk', ...named('remove', onEach(inspector, 'remove')), hasBody: true },
    { method: 'delete', path: 'job/:id', ...named('remove', onOne(inspector, 'remove')) },
    { method: 'delete', path: 'jobs/bulk', name: clean.action, action: cleanState(inspector), hasBody: true },
    { method: 'put', path: 'update-meta', name: limit.action, action: setLimits, hasBody: true },
    { method: 'delete', path: 'rate-limit-key', ...whole(inspector, refill) },
    {
      method: 'delete',
      path: 'repeatable/job/:id',
      name: removeSchedule.action,
      action: removeScheduleOf(inspector),
    },
  ];
}

/** An operation on the whole queue, as a button has it. */
function whole(
  inspector: Inspector,
  { action, run }: (typeof QUEUE_OPERATIONS)['pause' | 'resume' | 'refill'],
): Pick<Button, 'name' | 'action'> {
  return { name: action, action: async ({ queue, by }) => (await run(inspector, { queue, by })).text };
}

/** What a button does to a job, under the name of the operation. */
function named(name: JobOperationName, action: Action): Pick<Button, 'name' | 'action'> {
  return { name: JOB_OPERATIONS[name].action, action };
}

function perform(deps: ArenaActionsDeps, { name, action }: Button): RequestHandler {
  const limits = { clock: systemClock, limitMs: LIMIT_MS, what: name };
  return async (req, res) => {
    const { host, queue, id } = toTexts(req.params);
    const listed = withinLimit(limits, () => isListed(deps, { host, queue }));
    if (!(await listed)) return sendProblem(res, httpProblem(404, `there is no queue ${queue} here`));
    const by = actorOf(res);
    const user = userOf(res);
    const adder = user === null ? deps.producer : deps.producer.as(user);
    const note = { by, through: 'monitor', action: name, queue, id: id === '' ? null : id } as const;
    const work = (): Promise<string> => action({ queue, id, body: req.body, by, adder, base: baseOf(res) });
    // Noted when it is done, also when nobody waits for it any more.
    const message = await withinLimit(limits, () => audited(deps, note, work, (told) => told));
    res.json({ message });
  };
}

function toTexts({ host, queue, id }: Request['params']): { host: string; queue: string; id: string } {
  return { host: String(host), queue: String(queue), id: id === undefined ? '' : String(id) };
}

function onOne(inspector: Inspector, name: JobOperationName): Action {
  return async ({ queue, id, by, body: data, base }) => {
    const target = { queue, id, by, data, page: base + jobAddress(queue, id) };
    return (await operate(inspector, name, target)).text;
  };
}

function onEach(inspector: Inspector, name: JobOperationName): Action {
  return ({ queue, by, body }) => operateOnEach(inspector, name, { queue, by, ids: parseIds(body) });
}

/** A failed job is offered again; of a succeeded one a copy is added; one that has not ended must not run twice. */
function runAgain(deps: ArenaActionsDeps): Action {
  const retry = onOne(deps.inspector, 'retry');
  return async (press) => {
    const info = await deps.inspector.job(press.queue, press.id);
    if (info?.state !== 'succeeded') return retry(press);
    return `job ${await addCopy({ ...deps, producer: press.adder }, info)} was added as a copy`;
  };
}

function edit({ inspector, definitions }: ArenaActionsDeps): Action {
  const replace = onOne(inspector, 'edit');
  return async (press) => {
    const definition = definitions.get((await inspector.job(press.queue, press.id))?.type ?? '');
    if (definition) await parseData(definition, press.body);
    return replace(press);
  };
}

function cleanState(inspector: Inspector): Action {
  return async ({ queue, by, body }) => {
    const { queueState } = toFields(body);
    if (queueState === 'active')
      throw new ApiaryError('JOB_STATE_FORBIDS', 'running jobs are not cleaned away');
    const isKnown = typeof queueState === 'string' && Object.hasOwn(CLEANED_STATES, queueState);
    const state = isKnown ? CLEANED_STATES[queueState] : undefined;
    if (!state) throw invalid('queueState', `must be one of ${Object.keys(CLEANED_STATES).join(', ')}`);
    const told = await QUEUE_OPERATIONS.clean.run(inspector, { queue, by }, { state, most: MOST_CLEANED });
    return told.text;
  };
}

/** BullMQ's word for a schedule is a repeatable job; the page knows it by the jobs that it fired. */
function removeScheduleOf(inspector: Inspector): Action {
  return async ({ queue, id, by }) => {
    const job = await inspector.job(queue, id);
    if (!job) throw new ApiaryError('JOB_NOT_FOUND', `there is no job ${id}`);
    if (!job.schedule) throw new ApiaryError('JOB_STATE_FORBIDS', `no schedule fired job ${id}`);
    const target = { queue, by, schedule: job.schedule.name };
    const { done, text } = await SCHEDULE_OPERATIONS.remove.run(inspector, target);
    if (!done) throw new ApiaryError('SCHEDULE_NOT_FOUND', text);
    return text;
  };
}

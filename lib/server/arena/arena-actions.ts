import { type Request, type RequestHandler, Router } from 'express';
import { systemClock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import type { IdleState, Inspector } from '../../inspector/inspector.ts';
import type { Adder } from '../../jobs/adder.ts';
import { parseData } from '../../jobs/define.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { Logger } from '../../logger.ts';
import { audited } from '../audited.ts';
import { actorOf, userOf } from '../pages/visit.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import { JSON_TYPE, readJsonBody, requireMediaType } from '../request-body.ts';
import { withinLimit } from '../time-limit.ts';
import { type ArenaAddDeps, addCopy, addFromPage } from './arena-add.ts';
import { invalid, parseIds, toFields } from './arena-body.ts';
import { setLimits } from './arena-limits.ts';
import { arenaRepairs, type Repair, repairAll, repairOne } from './arena-repairs.ts';
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
  /** Adds jobs under the name of the user, where there are users. */
  adder: Adder;
}

/** A button's work; says what it did, and throws what is answered as a problem. */
type Action = (press: Press) => Promise<string>;

interface Button {
  method: 'post' | 'put' | 'patch' | 'delete';
  path: string;
  /** What the audit calls it. */
  name: string;
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
  const { retry, promote, remove } = arenaRepairs(inspector);
  const add: Action = async ({ queue, body, adder }) =>
    `job ${await addFromPage({ ...deps, producer: adder }, queue, body)} was added`;
  return [
    { method: 'put', path: 'pause', name: 'pause', action: pause(inspector) },
    { method: 'put', path: 'resume', name: 'resume', action: resume(inspector) },
    { method: 'post', path: 'job', name: 'add', action: add, hasBody: true },
    { method: 'put', path: 'job/:id/data', name: 'update data', action: updateData(deps), hasBody: true },
    { method: 'patch', path: 'job/bulk', name: 'retry', action: inBulk(retry), hasBody: true },
    { method: 'patch', path: 'job/:id', name: 'retry', action: runAgain(deps, retry) },
    { method: 'patch', path: 'delayed/job/bulk', name: 'promote', action: inBulk(promote), hasBody: true },
    { method: 'patch', path: 'delayed/job/:id', name: 'promote', action: single(promote) },
    { method: 'post', path: 'job/bulk', name: 'remove', action: inBulk(remove), hasBody: true },
    { method: 'delete', path: 'job/:id', name: 'remove', action: single(remove) },
    { method: 'delete', path: 'jobs/bulk', name: 'clean', action: clean(inspector), hasBody: true },
    { method: 'put', path: 'update-meta', name: 'limit', action: limit(inspector), hasBody: true },
    { method: 'delete', path: 'rate-limit-key', name: 'refill', action: refill(inspector) },
    {
      method: 'delete',
      path: 'repeatable/job/:id',
      name: 'remove schedule',
      action: removeSchedule(inspector),
    },
  ];
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
    const work = (): Promise<string> => action({ queue, id, body: req.body, by, adder });
    // Noted when it is done, also when nobody waits for it any more.
    const message = await withinLimit(limits, () => audited(deps, note, work, (told) => told));
    res.json({ message });
  };
}

function toTexts({ host, queue, id }: Request['params']): { host: string; queue: string; id: string } {
  return { host: String(host), queue: String(queue), id: id === undefined ? '' : String(id) };
}

function pause(inspector: Inspector): Action {
  return async ({ queue, by }) => ((await inspector.pause(queue, by)) ? 'paused' : 'it was paused already');
}

function resume(inspector: Inspector): Action {
  return async ({ queue }) => ((await inspector.resume(queue)) ? 'resumed' : 'it was not paused');
}

function single(repair: Repair): Action {
  return async ({ queue, id }) => {
    await repairOne(repair, queue, id);
    return `1 ${repair.verb}`;
  };
}

function inBulk(repair: Repair): Action {
  return async ({ queue, body }) => `${await repairAll(repair, queue, parseIds(body))} ${repair.verb}`;
}

/** A failed job is offered again; of a succeeded one a copy is added; one that has not ended must not run twice. */
function runAgain(deps: ArenaActionsDeps, retry: Repair): Action {
  return async ({ queue, id, adder }) => {
    const info = await deps.inspector.job(queue, id);
    if (info?.state === 'succeeded')
      return `job ${await addCopy({ ...deps, producer: adder }, info)} was added as a copy`;
    await repairOne(retry, queue, id);
    return `1 ${retry.verb}`;
  };
}

function updateData({ inspector, definitions }: ArenaActionsDeps): Action {
  return async ({ queue, id, body: data }) => {
    const definition = definitions.get((await inspector.job(queue, id))?.type ?? '');
    if (definition) await parseData(definition, data);
    await repairOne({ verb: 'updated', repair: () => inspector.updateData(queue, id, data) }, queue, id);
    return '1 updated';
  };
}

function clean(inspector: Inspector): Action {
  return async ({ queue, body }) => {
    const { queueState } = toFields(body);
    if (queueState === 'active')
      throw new ApiaryError('JOB_STATE_FORBIDS', 'running jobs are not cleaned away');
    const isKnown = typeof queueState === 'string' && Object.hasOwn(CLEANED_STATES, queueState);
    const state = isKnown ? CLEANED_STATES[queueState] : undefined;
    if (!state) throw invalid('queueState', `must be one of ${Object.keys(CLEANED_STATES).join(', ')}`);
    return `${await inspector.clean(queue, state, MOST_CLEANED)} ${state} removed`;
  };
}

function limit(inspector: Inspector): Action {
  return ({ queue, body, by }) => setLimits(inspector, queue, { body, by });
}

function refill(inspector: Inspector): Action {
  return async ({ queue }) => {
    await inspector.limits.refill(queue);
    return 'refilled';
  };
}

/** BullMQ's word for a schedule is a repeatable job; the page knows it by the jobs that it fired. */
function removeSchedule(inspector: Inspector): Action {
  return async ({ queue, id }) => {
    const job = await inspector.job(queue, id);
    if (!job) throw new ApiaryError('JOB_NOT_FOUND', `there is no job ${id}`);
    if (!job.schedule) throw new ApiaryError('JOB_STATE_FORBIDS', `no schedule fired job ${id}`);
    const { name } = job.schedule;
    if (await inspector.schedules.remove(queue, name)) return `schedule ${name} was removed`;
    throw new ApiaryError('SCHEDULE_NOT_FOUND', `queue ${queue} has no schedule ${name}`);
  };
}

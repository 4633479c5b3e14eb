import { type Request, type RequestHandler, Router } from 'express';
import { systemClock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import type { Inspector, JobState, RepairResult } from '../../inspector/inspector.ts';
import { type JobDefinition, parseData, requireName } from '../../jobs/define.ts';
import type { JobOptions } from '../../jobs/options.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { Logger } from '../../logger.ts';
import { httpProblem, sendProblem } from '../problem.ts';
import type { QueueNames } from '../queue-names.ts';
import { JSON_TYPE, readJsonBody, requireMediaType } from '../request-body.ts';
import { withinLimit } from '../time-limit.ts';

/** What the buttons of Arena work with. */
export interface ArenaActionsDeps {
  inspector: Inspector;
  producer: Producer;
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  queues: QueueNames;
  /** The name under which Arena lists this Redis. */
  host: string;
  log: Logger;
}

interface Button {
  method: 'post' | 'put' | 'patch' | 'delete';
  path: string;
  name: string;
  action: Action;
  hasBody: boolean;
}

/** A button's work on one queue; what it returns is answered, what it throws is answered as a problem. */
type Action = (queue: string, req: Request) => Promise<object>;

const LIMIT_MS = 30_000;
const MOST_CLEANED = 1_000;
const MOST_IN_BULK = 1_000;

/**
 * Does what Arena's buttons ask, in place of Arena's own handlers. Those trust the state that the page was drawn
 * with, add a copy of a job that has not failed, stop a bulk in the middle and answer with stack traces; these ask
 * the inspector, which looks and acts in one script, and say what was not done and why.
 */
export function createArenaActions(deps: ArenaActionsDeps): Router {
  const router = Router();
  const readBody = [requireMediaType([JSON_TYPE], { isRequired: true }), readJsonBody];
  router.use(requireMediaType([JSON_TYPE], { isRequired: false }));
  for (const { method, path, name, action, hasBody } of actionTable(deps)) {
    router[method](`/queue/:host/:queue/${path}`, hasBody ? readBody : [], perform(deps, name, action));
  }
  router.use((_req, res) => sendProblem(res, httpProblem(501, 'there is no such action here')));
  return router;
}

/** Every button: the call that Arena's page makes for it, its name in the log, and what it does. */
function actionTable(deps: ArenaActionsDeps): Button[] {
  const { inspector } = deps;
  const retry: Repair = { verb: 'retried', repair: (queue, id) => inspector.retry(queue, id) };
  const promote: Repair = { verb: 'promoted', repair: (queue, id) => inspector.promote(queue, id) };
  const remove: Repair = { verb: 'removed', repair: (queue, id) => removeJob(inspector, queue, id) };
  const pause: Action = async (queue, req) => ({ paused: await inspector.pause(queue, userOf(req)) });
  const resume: Action = async (queue) => ({ resumed: await inspector.resume(queue) });
  const again: Action = (queue, req) => runAgain(deps, queue, idOf(req));
  const add: Action = (queue, req) => addFromPage(deps, queue, req.body);
  const update: Action = (queue, req) => updateData(deps, queue, req);
  const cleaning: Action = (queue, req) => clean(inspector, queue, req);
  const limit: Action = (queue, req) => setLimits(inspector, queue, req);
  const refill: Action = async (queue) => {
    await inspector.limits.refill(queue);
    return { refilled: true };
  };
  return [
    { method: 'put', path: 'pause', name: 'pause', action: pause, hasBody: false },
    { method: 'put', path: 'resume', name: 'resume', action: resume, hasBody: false },
    { method: 'post', path: 'job', name: 'add', action: add, hasBody: true },
    { method: 'put', path: 'job/:id/data', name: 'update data', action: update, hasBody: true },
    { method: 'patch', path: 'job/bulk', name: 'retry', action: inBulk(retry), hasBody: true },
    { method: 'patch', path: 'job/:id', name: 'retry', action: again, hasBody: false },
    { method: 'patch', path: 'delayed/job/bulk', name: 'promote', action: inBulk(promote), hasBody: true },
    { method: 'patch', path: 'delayed/job/:id', name: 'promote', action: single(promote), hasBody: false },
    { method: 'post', path: 'job/bulk', name: 'remove', action: inBulk(remove), hasBody: true },
    { method: 'delete', path: 'job/:id', name: 'remove', action: single(remove), hasBody: false },
    { method: 'delete', path: 'jobs/bulk', name: 'clean', action: cleaning, hasBody: true },
    { method: 'put', path: 'update-meta', name: 'limit', action: limit, hasBody: true },
    { method: 'delete', path: 'rate-limit-key', name: 'refill', action: refill, hasBody: false },
  ];
}

function perform({ queues, host, log }: ArenaActionsDeps, name: string, action: Action): RequestHandler {
  return async (req, res) => {
    const queue = String(req.params['queue']);
    const limit = { clock: systemClock, limitMs: LIMIT_MS, what: name };
    const answer = await withinLimit(limit, async () => {
      const isListed = req.params['host'] === host && (await queues()).includes(queue);
      return isListed ? action(queue, req) : null;
    });
    if (answer === null) return sendProblem(res, httpProblem(404, `there is no queue ${queue} here`));
    log.info('monitor action done', { action: name, queue, id: req.params['id'], user: userOf(req) });
    res.json(answer);
  };
}

/** One change to a job, and the word for having made it. */
interface Repair {
  verb: string;
  repair(queue: string, id: string): Promise<RepairResult>;
}

function single({ verb, repair }: Repair): Action {
  return async (queue, req) => {
    requireDone(idOf(req), verb, await repair(queue, idOf(req)));
    return { [verb]: 1 };
  };
}

function inBulk({ verb, repair }: Repair): Action {
  return async (queue, req) => {
    const ids = parseIds(req.body);
    const refused: string[] = [];
    for (const id of ids) {
      const result = await repair(queue, id);
      if (!result.done) refused.push(`${id} (${result.state ?? 'no such job'})`);
    }
    const count = ids.length - refused.length;
    if (refused.length === 0) return { [verb]: count };
    const message = `${count} of ${ids.length} jobs were ${verb}, but not ${refused.join(', ')}`;
    throw new ApiaryError('JOB_STATE_FORBIDS', message);
  };
}

function requireDone(id: string, verb: string, result: RepairResult): void {
  if (result.done) return;
  if (result.state === null) throw new ApiaryError('JOB_NOT_FOUND', `there is no job ${id}`);
  throw new ApiaryError('JOB_STATE_FORBIDS', `job ${id} is ${result.state}, so it was not ${verb}`);
}

async function removeJob(inspector: Inspector, queue: string, id: string): Promise<RepairResult> {
  const state = await inspector.remove(queue, id);
  return state === null ? { done: false, state } : { done: true };
}

/** A failed job is offered again; of a succeeded one a copy is added; one that has not ended must not run twice. */
async function runAgain(deps: ArenaActionsDeps, queue: string, id: string): Promise<object> {
  const info = await deps.inspector.job(queue, id);
  if (info?.state === 'succeeded') {
    return addJob(deps, { type: info.type, queue, data: info.data, options: { headers: info.headers } });
  }
  requireDone(id, 'retried', await deps.inspector.retry(queue, id));
  return { retried: 1 };
}

async function updateData(
  { inspector, definitions }: ArenaActionsDeps,
  queue: string,
  req: Request,
): Promise<object> {
  const id = idOf(req);
  const data: unknown = req.body;
  const definition = definitions.get((await inspector.job(queue, id))?.type ?? '');
  if (definition) await parseData(definition, data);
  requireDone(id, 'updated', await inspector.updateData(queue, id, data));
  return { updated: 1 };
}

async function clean(inspector: Inspector, queue: string, req: Request): Promise<object> {
  const { queueState } = toFields(req.body);
  const states: Record<string, Exclude<JobState, 'active'>> = {
    waiting: 'waiting',
    delayed: 'delayed',
    succeeded: 'succeeded',
    completed: 'succeeded',
    failed: 'failed',
  };
  const state =
    typeof queueState === 'string' && Object.hasOwn(states, queueState) ? states[queueState] : undefined;
  if (queueState === 'active')
    throw new ApiaryError('JOB_STATE_FORBIDS', 'running jobs are not cleaned away');
  if (state === undefined) throw invalid('queueState', `must be one of ${Object.keys(states).join(', ')}`);
  return { removed: await inspector.clean(queue, state, MOST_CLEANED) };
}

/** The page says both limits of the whole queue; what it has no field for stays as it is. */
async function setLimits(inspector: Inspector, queue: string, req: Request): Promise<object> {
  const { concurrency, max, duration } = toFields(req.body);
  const { rate: before, ...others } = (await inspector.limits.get(queue))?.limits ?? {};
  const limits = { ...others } as Record<string, unknown>;
  delete limits['concurrency'];
  if (isGiven(concurrency)) limits['concurrency'] = concurrency;
  if (isGiven(max) || isGiven(duration)) limits['rate'] = { ...before, count: max, perMs: duration };
  if (Object.keys(limits).length === 0) return { lifted: await inspector.limits.lift(queue, userOf(req)) };
  await inspector.limits.set(queue, limits, userOf(req));
  return { limited: true };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

async function addFromPage(deps: ArenaActionsDeps, queue: string, body: unknown): Promise<object> {
  const { name, data, opts } = toFields(body);
  const type = name === undefined || name === null || name === '' ? queue : name;
  requireName('type', type);
  if (data === undefined) throw invalid('data', 'is required; null is allowed');
  return addJob(deps, { type, queue, data, options: toOptions(opts) });
}

async function addJob(
  { producer, definitions }: ArenaActionsDeps,
  job: { type: string; queue: string; data: unknown; options: JobOptions },
): Promise<object> {
  const { type, queue, data, options } = job;
  const definition = definitions.get(type);
  const result = definition
    ? await producer.add({ ...definition, queue }, data, options)
    : await producer.addRaw(job);
  if (!result.created && !result.replaced)
    throw new ApiaryError('JOB_EXISTS', `job ${result.id} is there already; it was not changed`);
  return { id: result.id };
}

/** Takes our own names of options, and for those that Arena's users know BullMQ's; the producer refuses others. */
function toOptions(opts: unknown): JobOptions {
  const { delay, jobId, attempts, ...own } = toFields(opts ?? {});
  return {
    ...own,
    ...(delay !== undefined && { delayMs: delay as number }),
    ...(jobId !== undefined && { id: jobId as string }),
    ...(attempts !== undefined && { retries: Number(attempts) - 1 }),
  };
}

function parseIds(body: unknown): string[] {
  const { jobs } = toFields(body);
  if (!Array.isArray(jobs) || jobs.length > MOST_IN_BULK || !jobs.every((id) => typeof id === 'string')) {
    throw invalid('jobs', `must be a list of up to ${MOST_IN_BULK} ids`);
  }
  try {
    return jobs.map(decodeURIComponent); // The page encodes them as if they stood in a URL.
  } catch (cause) {
    throw invalid('jobs', 'must be encoded as in a URL', cause);
  }
}

function toFields(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw invalid('', 'must be an object');
}

function invalid(path: string, message: string, cause?: unknown): ApiaryError {
  const problems = [{ path, message }];
  return new ApiaryError('JOB_INVALID', `the request is not valid: ${path} ${message}`, { problems, cause });
}

function idOf(req: Request): string {
  return String(req.params['id']);
}

function userOf(req: Request): string {
  const user: unknown = req.res?.locals['user'];
  return typeof user === 'string' ? user : 'monitor';
}

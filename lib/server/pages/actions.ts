import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Clock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import { audited } from '../../inspector/audited.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import { JOB_OPERATIONS, operate } from '../../inspector/operations.ts';
import { type AuditAction, QUEUE_OPERATIONS, SCHEDULE_OPERATIONS } from '../../inspector/queue-operations.ts';
import type { Told } from '../../inspector/told.ts';
import { WORKER_OPERATIONS } from '../../inspector/worker-operations.ts';
import { WORKFLOW_OPERATIONS } from '../../inspector/workflow-operations.ts';
import type { Logger } from '../../logger.ts';
import type { CheckSignalDeps } from '../check-signal.ts';
import { httpProblem } from '../problem.ts';
import type { QueueNames } from '../queue-names.ts';
import { withinLimit } from '../time-limit.ts';
import { jobAddress } from './addresses.ts';
import { answerProblem } from './answer-problem.tsx';
import { FAILURE_BUTTONS } from './failure/failure-buttons.tsx';
import { readCaseForm, readPaceForm } from './failure/failure-form.ts';
import { JOB_BUTTONS } from './job/job-buttons.tsx';
import { readForm, requireForm } from './read-form.ts';
import { giveSignal, SIGNAL_ACTION } from './signal-action.ts';
import { actorOf, baseOf } from './visit.ts';
import { WORKFLOW_BUTTONS } from './workflow/workflow-buttons.tsx';

/** What the buttons of our pages work with. */
export interface ActionsDeps extends CheckSignalDeps {
  queues: QueueNames;
  log: Logger;
  clock: Clock;
  /** Called after each change that was tried: what pages remember may be no longer so. */
  onChange: () => void;
}

/** What a button changes, and for whom. */
interface Target {
  /** Empty where it is about a worker. */
  queue: string;
  /** The job, schedule, workflow, fingerprint or worker in the address; empty for the queue itself. */
  id: string;
  /** Of a workflow; empty where it is not about one. */
  step: string;
  /** Of a job; empty where it is not about one. */
  signal: string;
  /** The fields of the form, where they are looked at. */
  form: unknown;
  by: string;
  /** What stands before the addresses of the Redis server that it is about. */
  base: string;
}

/** Makes a change and says what it did; throws what it refuses. */
type Act = (target: Target) => Promise<string>;

/** Serves a change to what belongs to a queue, at a path behind that of the queue. */
type Serve = (path: string, action: AuditAction, act: Act, guards?: RequestHandler[]) => void;

/** The operations that the overview has buttons for. */
const QUEUE_BUTTONS = ['pause', 'resume'] as const;
const SCHEDULE_BUTTONS = ['pause', 'resume', 'fire'] as const;
const WORKER_BUTTONS = ['pause', 'resume'] as const;

const LIMIT_MS = 30_000;

/**
 * Does what the buttons of our pages ask, to be mounted at `/actions` behind what decides who may change something:
 * each a POST whose fields are not looked at, but for the data of a signal and what is said of a kind of failure.
 * Answers `{message}` to a script, and leads all others back to the page of the form.
 */
export function createActions(deps: ActionsDeps): Router {
  const { inspector } = deps;
  const router = Router();
  router.use(requireForm);
  const serve: Serve = (path, action, act, guards = []) => {
    router.post(`/queues/:queue/${path}`, guards, perform(deps, action, act));
  };
  for (const name of QUEUE_BUTTONS) {
    const { action, run } = QUEUE_OPERATIONS[name];
    serve(name, action, (target) => sayOrRefuse(run(inspector, target)), [requireQueue(deps.queues)]);
  }
  for (const name of SCHEDULE_BUTTONS) {
    const { action, run } = SCHEDULE_OPERATIONS[name];
    serve(`schedules/:id/${name}`, action, ({ id, ...target }) =>
      sayOrRefuse(run(inspector, { ...target, schedule: id })),
    );
  }
  for (const name of JOB_BUTTONS) {
    serve(`jobs/:id/${name}`, JOB_OPERATIONS[name].action, jobAct(inspector, name));
  }
  serve('jobs/:id/signals/:signal', SIGNAL_ACTION, (target) => giveSignal(deps, target), [readForm]);
  for (const name of WORKER_BUTTONS) router.post(`/workers/:id/${name}`, paceWorker(deps, name));
  serveWorkflows(inspector, serve);
  serveFailures(inspector, serve);
  return router;
}

function serveFailures(inspector: Inspector, serve: Serve): void {
  const { retryFailures, markFailures } = QUEUE_OPERATIONS;
  const retry: Act = async ({ id: fingerprint, form, ...target }) =>
    sayOrRefuse(retryFailures.run(inspector, target, { fingerprint, ...readPaceForm(form) }));
  serve('failures/:id/retry', retryFailures.action, retry, [readForm]);
  const mark: Act = async ({ id: fingerprint, form, ...target }) =>
    sayOrRefuse(markFailures.run(inspector, target, { fingerprint, ...readCaseForm(form) }));
  serve('failures/:id/mark', markFailures.action, mark, [readForm]);
  for (const [name, { verdict }] of FAILURE_BUTTONS)
    serve(`failures/:id/${name}`, markFailures.action, ({ id: fingerprint, ...target }) =>
      sayOrRefuse(markFailures.run(inspector, target, { fingerprint, verdict })),
    );
}

function serveWorkflows(inspector: Inspector, serve: Serve): void {
  for (const name of WORKFLOW_BUTTONS) {
    const { action, run } = WORKFLOW_OPERATIONS[name];
    serve(`workflows/:id/${name}`, action, ({ id: workflow, ...target }) =>
      sayOrRefuse(run(inspector, { ...target, workflow })),
    );
  }
  const { action, run } = WORKFLOW_OPERATIONS.rerun;
  serve('workflows/:id/steps/:step/rerun', action, ({ id: workflow, step, ...target }) =>
    sayOrRefuse(run(inspector, { ...target, workflow }, { step })),
  );
}

function paceWorker(deps: ActionsDeps, name: (typeof WORKER_BUTTONS)[number]): RequestHandler {
  const { action, run } = WORKER_OPERATIONS[name];
  return perform(deps, action, async ({ id: which, by }) => (await run(deps.inspector, { which, by })).text);
}

function jobAct(inspector: Inspector, name: (typeof JOB_BUTTONS)[number]): Act {
  return async ({ queue, id, by, base }) => {
    const target = { queue, id, by, page: base + jobAddress(queue, id) };
    return (await operate(inspector, name, target)).text;
  };
}

/** The words for what was done. Throws JOB_STATE_FORBIDS with the words for why nothing was. */
async function sayOrRefuse(telling: Promise<Told>): Promise<string> {
  const { done, text } = await telling;
  if (!done) throw new ApiaryError('JOB_STATE_FORBIDS', text);
  return text;
}

function requireQueue(queues: QueueNames): RequestHandler {
  return async (req, res, next) => {
    const queue = String(req.params['queue']);
    if ((await queues()).includes(queue)) return next();
    answerProblem(req, res, httpProblem(404, `there is no queue ${queue} here`));
  };
}

function perform(deps: ActionsDeps, action: AuditAction, act: Act): RequestHandler {
  const limit = { clock: deps.clock, limitMs: LIMIT_MS, what: action };
  return async (req, res) => {
    const { queue = '', id = '', step = '', signal = '' } = req.params;
    const target = {
      ...{ queue: String(queue), id: String(id), step: String(step), signal: String(signal) },
      ...{ form: req.body, by: actorOf(res), base: baseOf(res) },
    };
    const change = {
      by: target.by,
      through: 'monitor',
      action,
      queue: target.queue || null,
      id: target.id || null,
    } as const;
    // Noted when it is done, also when nobody waits for it any more.
    const work = (): Promise<string> =>
      audited(
        deps,
        change,
        () => act(target),
        (message) => message,
      );
    answer(req, res, await withinLimit(limit, work).finally(deps.onChange));
  };
}

function answer(req: Request, res: Response, message: string): void {
  if (req.xhr) res.json({ message });
  else res.redirect(303, pageOfForm(req, baseOf(res)));
}

/** Where a form was, as its browser says; the overview when it says nothing, or another site. */
function pageOfForm(req: Request, base: string): string {
  const referer = req.get('referer') ?? '';
  const overview = `${base}/`;
  if (!URL.canParse(referer)) return overview;
  const { host, pathname, search } = new URL(referer);
  // What begins with two slashes would lead to another site.
  return host === req.get('host') && !/^\/[/\\]/.test(pathname) ? pathname + search : overview;
}

import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Clock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import { audited } from '../../inspector/audited.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import { JOB_OPERATIONS, operate } from '../../inspector/operations.ts';
import {
  type AuditAction,
  QUEUE_OPERATIONS,
  SCHEDULE_OPERATIONS,
  type Told,
} from '../../inspector/queue-operations.ts';
import type { Logger } from '../../logger.ts';
import { httpProblem } from '../problem.ts';
import type { QueueNames } from '../queue-names.ts';
import { requireMediaType } from '../request-body.ts';
import { withinLimit } from '../time-limit.ts';
import { jobAddress } from './addresses.ts';
import { answerProblem } from './answer-problem.tsx';
import { JOB_BUTTONS } from './job/job-buttons.tsx';
import { actorOf } from './visit.ts';

/** What the buttons of our pages work with. */
export interface ActionsDeps {
  inspector: Inspector;
  queues: QueueNames;
  log: Logger;
  clock: Clock;
  /** Called after each change that was tried: what pages remember may be no longer so. */
  onChange: () => void;
}

/** What a button changes, and for whom. */
interface Target {
  queue: string;
  /** The job, schedule or fingerprint in the address; empty for the queue itself. */
  id: string;
  by: string;
}

/** Makes a change and says what it did; throws what it refuses. */
type Act = (target: Target) => Promise<string>;

/** The operations that the overview has buttons for. */
const QUEUE_BUTTONS = ['pause', 'resume'] as const;
const SCHEDULE_BUTTONS = ['pause', 'resume', 'fire'] as const;

const LIMIT_MS = 30_000;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * Does what the buttons of our pages ask: each a POST whose fields are not looked at, to be mounted at `/actions`
 * behind what decides who may change something. Answers `{message}` to a script, and leads all others back to the page
 * of the form.
 */
export function createActions(deps: ActionsDeps): Router {
  const { inspector } = deps;
  const router = Router();
  router.use(requireMediaType([FORM_TYPE], { isRequired: false }));
  const serve = (path: string, action: AuditAction, act: Act, guards: RequestHandler[] = []): void => {
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
    serve(`jobs/:id/${name}`, JOB_OPERATIONS[name].action, async ({ queue, id, by }) => {
      const target = { queue, id, by, page: jobAddress(queue, id) };
      return (await operate(inspector, name, target)).text;
    });
  }
  const { action, run } = QUEUE_OPERATIONS.retryFailures;
  serve('failures/:id/retry', action, ({ id: fingerprint, ...target }) =>
    sayOrRefuse(run(inspector, target, { fingerprint })),
  );
  return router;
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
    const { queue, id } = req.params;
    const target = { queue: String(queue), id: id === undefined ? '' : String(id), by: actorOf(res) };
    const change = {
      by: target.by,
      through: 'monitor',
      action,
      queue: target.queue,
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
  else res.redirect(303, pageOfForm(req));
}

/** Where a form was, as its browser says; the overview when it says nothing, or another site. */
function pageOfForm(req: Request): string {
  const referer = req.get('referer') ?? '';
  if (!URL.canParse(referer)) return '/';
  const { host, pathname, search } = new URL(referer);
  // What begins with two slashes would lead to another site.
  return host === req.get('host') && !/^\/[/\\]/.test(pathname) ? pathname + search : '/';
}

import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Clock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { Logger } from '../../logger.ts';
import { audited } from '../audited.ts';
import { httpProblem } from '../problem.ts';
import type { QueueNames } from '../queue-names.ts';
import { requireMediaType } from '../request-body.ts';
import { withinLimit } from '../time-limit.ts';
import { answerProblem } from './answer-problem.tsx';
import { requireRepaired } from './require-repaired.ts';
import { countText } from './texts.ts';
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

const LIMIT_MS = 30_000;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * Does what the buttons of our pages ask: each a POST whose fields are not looked at, to be mounted at `/actions` behind
 * what decides who may change something. Answers `{message}` to a script, and leads all others back to the page of the form.
 */
export function createActions(deps: ActionsDeps): Router {
  const { inspector } = deps;
  const router = Router();
  router.use(requireMediaType([FORM_TYPE], { isRequired: false }));
  const serve = (path: string, action: string, act: Act, guards: RequestHandler[] = []): void => {
    router.post(`/queues/:queue/${path}`, guards, perform(deps, action, act));
  };
  for (const [name, act] of Object.entries(queueActions(inspector))) {
    serve(name, name, act, [requireQueue(deps.queues)]);
  }
  for (const [name, act] of Object.entries(scheduleActions(inspector))) {
    serve(`schedules/:id/${name}`, `${name} schedule`, act);
  }
  for (const [name, act] of Object.entries(jobActions(inspector))) serve(`jobs/:id/${name}`, name, act);
  serve('failures/:id/retry', 'retry failures', retryFailures(inspector));
  return router;
}

function queueActions(inspector: Inspector): Record<string, Act> {
  return {
    pause: async ({ queue, by }) => {
      if (await inspector.pause(queue, by)) return `Queue ${queue} is paused.`;
      throw forbidden(`queue ${queue} is paused already`);
    },
    resume: async ({ queue }) => {
      if (await inspector.resume(queue)) return `Queue ${queue} goes on.`;
      throw forbidden(`queue ${queue} is not paused`);
    },
  };
}

function retryFailures(inspector: Inspector): Act {
  return async ({ queue, id }) => {
    const count = await inspector.retryAll(queue, { fingerprint: id });
    if (count > 0) return `${countText(count, 'job')} of queue ${queue} will run again.`;
    throw forbidden(`no failed job of queue ${queue} has an error of this kind any more`);
  };
}

function scheduleActions({ schedules }: Inspector): Record<string, Act> {
  return {
    pause: async ({ queue, id, by }) => {
      if (await schedules.pause(queue, id, by)) return `Schedule ${id} is paused.`;
      throw forbidden(`schedule ${id} is paused already`);
    },
    resume: async ({ queue, id }) => {
      if (await schedules.resume(queue, id)) return `Schedule ${id} goes on from its next tick.`;
      throw forbidden(`schedule ${id} is not paused`);
    },
    fire: async ({ queue, id }) => {
      const { outcome, jobId } = await schedules.fireNow(queue, id);
      if (outcome === 'fired') return `Schedule ${id} fired: job ${jobId} was added.`;
      throw forbidden(`schedule ${id} did not fire: ${whyNotFired(outcome, jobId)}`);
    },
  };
}

/** Says of a firing that added no job why not. */
export function whyNotFired(outcome: 'overlap' | 'unique' | 'exists', jobId: string): string {
  switch (outcome) {
    case 'overlap':
      return `job ${jobId} of an earlier tick has not ended`;
    case 'unique':
      return `job ${jobId} holds the unique key`;
    case 'exists':
      return `there was a job ${jobId} already`;
  }
}

function jobActions(inspector: Inspector): Record<string, Act> {
  return {
    retry: async ({ queue, id }) => {
      requireRepaired(await inspector.retry(queue, id), { queue, id, verb: 'retried' });
      return `Job ${id} will run again.`;
    },
    promote: async ({ queue, id }) => {
      requireRepaired(await inspector.promote(queue, id), { queue, id, verb: 'promoted' });
      return `Job ${id} is due now.`;
    },
    cancel: async ({ queue, id, by }) => {
      const cancel = await inspector.cancel(queue, id, by);
      requireRepaired(cancel, { queue, id, verb: 'cancelled' });
      const isTold = cancel.done && cancel.was === 'active';
      return isTold ? `The handler of job ${id} is told to stop.` : `Job ${id} is cancelled.`;
    },
    archive: async ({ queue, id, by }) => {
      requireRepaired(await inspector.archive(queue, id, by), { queue, id, verb: 'archived' });
      return `Job ${id} is archived: it counts as failed.`;
    },
    remove: async ({ queue, id }) => {
      requireRepaired(await inspector.removeIdle(queue, id), { queue, id, verb: 'removed' });
      return `Job ${id} is removed.`;
    },
  };
}

function forbidden(message: string): ApiaryError {
  return new ApiaryError('JOB_STATE_FORBIDS', message);
}

function requireQueue(queues: QueueNames): RequestHandler {
  return async (req, res, next) => {
    const queue = String(req.params['queue']);
    if ((await queues()).includes(queue)) return next();
    answerProblem(req, res, httpProblem(404, `there is no queue ${queue} here`));
  };
}

function perform(deps: ActionsDeps, action: string, act: Act): RequestHandler {
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

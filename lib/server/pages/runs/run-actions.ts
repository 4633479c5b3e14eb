import { type Request, type Response, Router } from 'express';
import type { Clock } from '../../../clock.ts';
import { ApiaryError } from '../../../errors.ts';
import { audited } from '../../../inspector/audited.ts';
import { BULK_RUN_OPERATIONS, SAVED_SEARCH_OPERATIONS } from '../../../inspector/bulk-run-operations.ts';
import type { Inspector } from '../../../inspector/inspector.ts';
import type { AuditAction } from '../../../inspector/queue-operations.ts';
import type { Told } from '../../../inspector/told.ts';
import type { Logger } from '../../../logger.ts';
import { withinLimit } from '../../time-limit.ts';
import { runAddress, searchAddress } from '../addresses.ts';
import { firstOf, readForm, requireForm } from '../read-form.ts';
import { fieldsOfForm } from '../search/search-fields.ts';
import { actorOf, baseOf } from '../visit.ts';
import { readRunForm } from './run-form.tsx';

/** What the buttons of runs and saved searches work with. */
export interface RunActionsDeps {
  inspector: Inspector;
  log: Logger;
  clock: Clock;
}

/** A change that a form asks for. */
interface Asked {
  action: AuditAction;
  queue: string | null;
  /** The queue that jobs are to be moved to. */
  to?: string;
  id: string;
  work: (by: string) => Promise<Told>;
  /** The page that is shown when it is done. */
  leadsTo: string;
}

const LIMIT_MS = 30_000;
const RUN_ID = /^[\w-]{1,64}$/;

/**
 * Does what the buttons of runs and of saved searches ask, to be mounted at `/actions` behind what decides who may
 * change something. Answers `{message}` to a script, and leads all others to the page of the run, or of the search.
 */
export function createRunActions(deps: RunActionsDeps): Router {
  const router = Router();
  const paths = ['/runs', '/searches'];
  router.use(paths, requireForm, readForm);
  router.post('/runs/:id', (req, res) => change(deps, startOf(deps, req), req, res));
  router.post('/runs/:id/stop', (req, res) => change(deps, stopOf(deps, req), req, res));
  router.post('/searches', (req, res) => change(deps, saveOf(deps, req), req, res));
  router.post('/searches/remove', (req, res) => change(deps, removeOf(deps, req), req, res));
  return router;
}

function startOf({ inspector }: RunActionsDeps, req: Request): Asked {
  const run = runIdOf(req);
  const order = readRunForm(req.body);
  const { action, run: start } = BULK_RUN_OPERATIONS.start;
  const queue = typeof order.queue === 'string' ? order.queue : null;
  const work = (by: string): Promise<Told> => start(inspector, { run, by }, order);
  const to = typeof order.to === 'string' && !order.dryRun ? { to: order.to } : {};
  return { action, queue, ...to, id: run, work, leadsTo: runAddress(run) };
}

function stopOf({ inspector }: RunActionsDeps, req: Request): Asked {
  const run = runIdOf(req);
  const { action, run: stop } = BULK_RUN_OPERATIONS.stop;
  const work = (by: string): Promise<Told> => stop(inspector, { run, by });
  return { action, queue: null, id: run, work, leadsTo: runAddress(run) };
}

function saveOf({ inspector }: RunActionsDeps, req: Request): Asked {
  const name = firstOf(req.body, 'name').trim();
  const fields = fieldsOfForm(req.body);
  const { action, run: save } = SAVED_SEARCH_OPERATIONS.save;
  const work = (by: string): Promise<Told> => save(inspector, { name, by }, { fields });
  return { action, queue: fields['queue'] ?? null, id: name, work, leadsTo: searchAddress(fields) };
}

function removeOf({ inspector }: RunActionsDeps, req: Request): Asked {
  const name = firstOf(req.body, 'name');
  const { action, run: remove } = SAVED_SEARCH_OPERATIONS.remove;
  const work = (by: string): Promise<Told> => remove(inspector, { name, by });
  return { action, queue: null, id: name, work, leadsTo: searchAddress({}) };
}

function runIdOf(req: Request): string {
  const id = String(req.params['id']);
  if (RUN_ID.test(id)) return id;
  throw new ApiaryError('JOB_INVALID', 'the id of a run has letters, digits, - and _ only, and 64 at most');
}

async function change(deps: RunActionsDeps, asked: Asked, req: Request, res: Response): Promise<void> {
  const { action, queue, to, id, work, leadsTo } = asked;
  const by = actorOf(res);
  const note = { by, through: 'monitor', action, queue, id, to } as const;
  const limit = { clock: deps.clock, limitMs: LIMIT_MS, what: action };
  const { text } = await withinLimit(limit, () =>
    audited(
      deps,
      note,
      () => work(by),
      (told) => told.text,
    ),
  );
  if (req.xhr) res.json({ message: text });
  else res.redirect(303, baseOf(res) + leadsTo);
}

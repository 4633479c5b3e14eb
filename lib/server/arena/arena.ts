import { fileURLToPath } from 'node:url';
import createArenaApp, { type Arena, type ArenaConfig, type Layer } from 'bull-arena';
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import { systemClock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import { changesQueue } from '../../monitor-rights.ts';
import { chooseQueues } from '../chosen-queues.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { rightsOf } from '../pages/visit.ts';
import { httpProblem } from '../problem.ts';
import { allowCaching } from '../security-headers.ts';
import { withinLimit } from '../time-limit.ts';
import { type ArenaActionsDeps, createArenaActions } from './arena-actions.ts';
import { mendAddress } from './arena-address.ts';
import { DUMP_PATH, dumpJobs, jobJson } from './arena-json.ts';
import { mendPages } from './arena-page.ts';
import { ArenaQueue } from './arena-queue.ts';
import { ARENA_ASSETS, useChangedViews } from './arena-views.ts';
import { arenaSource, type HostBeside } from './hosts-beside.ts';
import { isListed } from './listed-queues.ts';

const PAGE_LIMIT_MS = 10_000;
const MOST_LISTED = 1_000;
const OUR_ASSETS = fileURLToPath(new URL('assets/', import.meta.url));
const NO_FLOWS = 'there are no flows here: chains and batches tie jobs together';

/** What Arena is made with. */
export interface ArenaDeps extends ArenaActionsDeps {
  /** What stands before its addresses; default nothing. */
  base?: string;
  /** Other Redis servers, whose queues it lists too; default none. */
  beside?: () => Promise<readonly HostBeside[]>;
}

/**
 * Serves Bull Arena: its pages over the inspector, its buttons by our own actions. To be mounted before any body
 * parser, behind whatever decides who may pass. Expects `res.locals.nonce`, the nonce of the content security policy.
 */
export function createArena(deps: ArenaDeps): Router {
  const arena = openArena(deps);
  const router = Router();
  router.use('/api', createArenaActions(deps));
  router.use('/flows', (req, res) => answerProblem(req, res, httpProblem(404, NO_FLOWS)));
  for (const folder of [ARENA_ASSETS, OUR_ASSETS]) {
    router.use(express.static(folder, { index: false, redirect: false, setHeaders: allowCaching }));
  }
  router.use('/:host/:queue', (req, res, next) => {
    const mayChange = changesQueue(rightsOf(res), String(req.params['queue']));
    res.locals['canChange'] = res.locals['canChange'] !== false && mayChange;
    next();
  });
  router.use((_req, res, next) => {
    res.locals['source'] = arenaSource(res);
    next();
  });
  router.get(DUMP_PATH, dumpJobs(deps));
  router.get('/:host/:queue/:id', jobJson(deps));
  router.use(queueLister(arena, deps));
  router.use(arena);
  return router;
}

function openArena(deps: ArenaDeps): Arena {
  const { host, inspector } = deps;
  // Arena does not start without a queue; the list takes the place of this one before the first page.
  const first = { host, base: '', names: ['default'], more: 0, trouble: null };
  const arena = createArenaApp(toConfig([first], inspector), {
    disableListen: true,
    useCdn: false,
    activeHostId: host,
  });
  arena.disable('x-powered-by');
  arena.enable('view cache');
  // Arena's own keeps every queue that it ever opened, and knows those only that it lists.
  arena.locals.Queues.get = async (name, ofHost) =>
    (await isListed(deps, { host: ofHost, queue: name }))
      ? Object.assign(new ArenaQueue(name, { connection: inspector }), { IS_BULLMQ: true })
      : null;
  guardRoutes(arena._router.stack);
  useChangedViews(arena);
  mendPages(arena);
  return arena;
}

/**
 * Keeps Arena's list of queues as it is in Redis, up to a thousand of them; on the page that lists them, those of the
 * other servers too. Throws REDIS_UNAVAILABLE when it cannot be told in time which there are.
 */
function queueLister(arena: Arena, deps: ArenaDeps): RequestHandler {
  const { queues, host, inspector, base = '', beside = async () => [] } = deps;
  const limit = { clock: systemClock, limitMs: PAGE_LIMIT_MS, what: 'listing the queues' };
  return async (req, res, next) => {
    const found = await withinLimit(limit, queues);
    const { names } = chooseQueues(found, inspector.knownQueues, MOST_LISTED);
    const own = { host, base, names, more: Math.max(0, found.length - MOST_LISTED), trouble: null };
    const others = req.path === '/' ? await beside() : [];
    const { queues: listed } = toConfig([own, ...others], inspector);
    // Arena does not bear an empty list.
    if (listed.length > 0) arena.locals.Queues.setConfig({ BullMQ: ArenaQueue, queues: listed });
    res.locals['beside'] = others.filter(({ names }) => names.length === 0);
    mendAddress(req);
    next();
  };
}

function toConfig(hosts: readonly HostBeside[], inspector: Inspector): ArenaConfig {
  const queues = hosts.flatMap(({ host: hostId, base, names, more }) =>
    names.map((name, at) => ({
      ...({ name, hostId, type: 'bullmq', redis: inspector, base: `${base}/arena` } as const),
      ...(at === 0 && { more }),
    })),
  );
  return { BullMQ: ArenaQueue, queues };
}

const GUARDED = Symbol('guarded');

/**
 * Makes every handler of Arena answer in time and hand on what it rejects with: Express 4 does not look at the
 * promise of a handler, so a rejection would end the process.
 */
function guardRoutes(layers: readonly Layer[]): void {
  for (const layer of layers) {
    if (layer.route) for (const step of layer.route.stack) guard(step);
    else guardRoutes(layer.handle.stack ?? []);
  }
}

function guard(step: Layer): void {
  const { handle } = step;
  if (GUARDED in handle) return; // The routes are one for all Arenas of a process.
  const limit = { clock: systemClock, limitMs: PAGE_LIMIT_MS, what: 'the page' };
  const guarded = (req: Request, res: Response, next: NextFunction): void => {
    withinLimit(limit, () => handle(req, res, next)).catch(next);
  };
  step.handle = Object.assign(guarded, { [GUARDED]: true });
}

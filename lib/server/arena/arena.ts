import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import createArenaApp, { type Arena, type ArenaConfig, type Layer } from 'bull-arena';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { systemClock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import { isRead } from '../monitor/same-site.ts';
import { allowCaching } from '../monitor/security-headers.ts';
import { withinLimit } from '../time-limit.ts';
import { type ArenaActionsDeps, createArenaActions } from './arena-actions.ts';
import { mendPages } from './arena-page.ts';
import { ArenaQueue } from './arena-queue.ts';

const PAGE_LIMIT_MS = 10_000;
const MOST_PAGES = 1_000_000;
const MOST_PER_PAGE = 1_000;
const ASSETS = join(dirname(createRequire(import.meta.url).resolve('bull-arena/package.json')), 'public');

/**
 * Serves Bull Arena: its pages over the inspector, its buttons by our own actions. To be mounted before any body
 * parser, behind whatever decides who may pass. Expects `res.locals.nonce`, the nonce of the content security policy.
 */
export function createArena(deps: ArenaActionsDeps): Router {
  const arena = openArena(deps);
  const list = queueLister(arena, deps);
  const router = Router();
  const actions = createArenaActions(deps);
  router.use('/api', (req, res, next) => (isRead(req) ? next() : actions(req, res, next)));
  router.use(express.static(ASSETS, { index: false, redirect: false, setHeaders: allowCaching }));
  router.use(async (req, _res, next) => {
    await list();
    mendAddress(req);
    next();
  });
  router.use(arena);
  return router;
}

function openArena({ host, inspector }: ArenaActionsDeps): Arena {
  const config = toConfig([], host, inspector);
  // Arena does not start without a queue; the list takes the place of this one before the first page.
  const first = { name: 'default', hostId: host, type: 'bullmq', redis: inspector } as const;
  const arena = createArenaApp(
    { ...config, queues: [first] },
    { disableListen: true, useCdn: false, activeHostId: host },
  );
  arena.disable('x-powered-by');
  arena.enable('view cache');
  // Arena looks a queue up here by its name, and would find Object's own members in a plain object.
  arena.locals.Queues._queues[host] = Object.create(null) as Record<string, unknown>;
  guardRoutes(arena._router.stack);
  mendPages(arena);
  return arena;
}

/** Keeps Arena's list of queues as it is in Redis. Throws REDIS_UNAVAILABLE when that cannot be told in time. */
function queueLister(arena: Arena, { queues, host, inspector }: ArenaActionsDeps): () => Promise<void> {
  const limit = { clock: systemClock, limitMs: PAGE_LIMIT_MS, what: 'listing the queues' };
  let shown: readonly string[] = [];
  return async () => {
    const names = await withinLimit(limit, queues);
    if (names === shown || names.length === 0) return;
    arena.locals.Queues.setConfig(toConfig(names, host, inspector));
    shown = names;
  };
}

function toConfig(names: readonly string[], host: string, inspector: Inspector): ArenaConfig {
  const queues = names.map((name) => ({ name, hostId: host, type: 'bullmq', redis: inspector }) as const);
  return { BullMQ: ArenaQueue, queues };
}

/**
 * Leaves of the query only what Arena reads, each once and within bounds: it takes any page and any size, and hands
 * arrays on to where text is expected. And bee-queue's word for a state leads to BullMQ's.
 */
function mendAddress(req: Request): void {
  const { pathname, searchParams } = new URL(req.url, 'http://arena.invalid');
  const query = {
    page: clamp(searchParams.get('page'), 1, MOST_PAGES),
    pageSize: clamp(searchParams.get('pageSize'), 100, MOST_PER_PAGE),
    order: searchParams.get('order')?.startsWith('asc') ? 'asc' : 'desc',
    json: searchParams.get('json'),
  };
  req.url = pathname.replace(/^(\/[^/]+\/[^/]+)\/succeeded(\.json)?\/?$/i, '$1/completed$2');
  // Express 4 leaves a query alone that is there already, and Express 5 has one that cannot be assigned.
  Object.defineProperty(req, 'query', { value: query });
}

function clamp(text: string | null, fallback: number, most: number): string {
  const value = Number.parseInt(text ?? '', 10);
  return String(Number.isNaN(value) ? fallback : Math.min(Math.max(1, value), most));
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

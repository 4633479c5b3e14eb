import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Clock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { Logger } from '../../logger.ts';
import { rightsOn } from '../../monitor-rights.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { SOURCES_ADDRESS, sourceBase } from '../pages/source-address.ts';
import { type ListedSource, noteSource, rightsOf, roleNoted, sourceOf } from '../pages/visit.ts';
import { httpProblem } from '../problem.ts';
import type { QueueNames } from '../queue-names.ts';
import type { OutboxLook } from '../seen-outbox.ts';
import { hostsBeside } from './hosts-beside.ts';
import type { MonitorSource } from './monitor-source.ts';
import { reached, sayWhich } from './reach-source.ts';
import { type ServedSource, serveSource } from './serve-source.ts';

/** What the monitor's Redis servers are served with. */
export interface SourcesDeps {
  inspector: Inspector;
  /** Shows nothing of what is private of encrypted jobs: for viewers; default the inspector itself. */
  closedInspector?: Inspector;
  producer: Producer;
  /** The job types known here, by name: jobs added on the page are checked by them. */
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  /** Whether nobody, whoever they are, may change anything; default false. */
  readOnly?: boolean;
  /** Redis servers that it shows beside that of the inspector; default: none. */
  sources?: readonly MonitorSource[];
  log: Logger;
  /** Default: those that the inspector's census knows. */
  queues?: QueueNames;
  /** The name under which Arena lists this Redis, part of its addresses; default `redis`. */
  host?: string;
  clock?: Clock;
  /** The outbox that the overview shows; default: there is none. */
  outbox?: OutboxLook;
  /** Aborted when the server closes: it ends what is sent as it happens. Default never. */
  closing?: AbortSignal;
}

const MOST_SHOWN = 60;

/**
 * Serves the pages of the monitor's own Redis server and, below `/sources/<name>`, those of the others. What is done
 * there hangs on the address alone: nothing is remembered of what somebody has chosen.
 */
export function serveSources(deps: SourcesDeps): Router {
  const { sources = [], host = 'redis', readOnly = false } = deps;
  const router = Router();
  const listed: ListedSource[] = [
    { name: host, isOwn: true, readOnly },
    ...sources.map((source) => ({ name: source.name, isOwn: false, readOnly: readOnly || source.readOnly })),
  ];
  const shows = (name: string, base: string): RequestHandler => {
    return (req, res, next) => {
      noteSource(res, { name, base, all: seenOf(listed, res) });
      if (rightsOf(res).sees.length > 0) return next();
      refuseServer(req, res);
    };
  };
  if (sources.length > 0) {
    router.use(`${SOURCES_ADDRESS}/:source`, othersOf(deps, sources, shows));
    router.use(shows(host, ''));
  }
  router.use(serveSource(ownOf(deps)));
  return router;
}

/** Serves each of the others from its first request on. */
function othersOf(
  deps: SourcesDeps,
  sources: readonly MonitorSource[],
  shows: (name: string, base: string) => RequestHandler,
): RequestHandler {
  const byName = new Map(sources.map((source) => [source.name, source]));
  const served = new Map<MonitorSource, Router>();
  const open = (source: MonitorSource): Router => {
    const { name } = source;
    const router = Router();
    router.use(shows(name, sourceBase(name)));
    router.use(serveSource(otherOf(deps, source), [reached(source)]));
    router.use((req, res) =>
      answerProblem(req, res, httpProblem(404, `there is no such page of Redis server ${name}`)),
    );
    router.use(sayWhich(name));
    served.set(source, router);
    return router;
  };
  return (req, res, next) => {
    const asked = String(req.params['source']);
    const source = byName.get(asked);
    const isSeen = rightsOn(roleNoted(res), asked).sees.length > 0;
    if (source && isSeen) return (served.get(source) ?? open(source))(req, res, next);
    const named = seenOf([...byName.values()], res)
      .map(({ name }) => name)
      .join(', ');
    const why = `there is no Redis server ${JSON.stringify(asked.slice(0, MOST_SHOWN))} here; there are ${named || 'none'}`;
    answerProblem(req, res, httpProblem(404, why));
  };
}

function ownOf(deps: SourcesDeps): ServedSource {
  const { inspector, closedInspector = inspector, producer, definitions, outbox = null, log, clock } = deps;
  const {
    host = 'redis',
    readOnly = false,
    queues = () => inspector.census.names(),
    closing,
    sources = [],
  } = deps;
  return {
    ...{ inspector, closedInspector, producer, definitions, outbox, log, clock, host, queues, closing },
    base: '',
    readOnly: readOnly ? WHOLLY_READ_ONLY : null,
    beside: (role) => hostsBeside({ host, queues, sources }, role, host),
  };
}

/** The servers on which somebody sees anything. */
function seenOf<S extends { name: string }>(all: readonly S[], res: Response): S[] {
  const role = roleNoted(res);
  return all.filter(({ name }) => rightsOn(role, name).sees.length > 0);
}

/** Leads from the first page of a server on which somebody sees nothing to that of one where they do. */
function refuseServer(req: Request, res: Response): void {
  const [first] = sourceOf(res)?.all ?? [];
  if (first && req.method === 'GET' && req.originalUrl === '/') {
    res.redirect(303, `${sourceBase(first.name)}/`);
    return;
  }
  answerProblem(req, res, httpProblem(403, `you have no right to Redis server ${sourceOf(res)?.name}`));
}

const WHOLLY_READ_ONLY = 'this monitor is read-only';

function otherOf(deps: SourcesDeps, source: MonitorSource): ServedSource {
  const { host = 'redis', inspector, queues = () => inspector.census.names(), sources = [] } = deps;
  const { name } = source;
  const parts = source.parts();
  const why = source.readOnly ? `Redis server ${name} is read-only in this monitor` : null;
  return {
    ...parts,
    ...{ host: name, base: sourceBase(name), clock: deps.clock, closing: deps.closing },
    queues: () => parts.inspector.census.names(),
    readOnly: deps.readOnly ? WHOLLY_READ_ONLY : why,
    // What runs here serves our own server; of jobs elsewhere it knows no more than any stranger.
    definitions: new Map(),
    outbox: null,
    log: deps.log.child({ source: name }),
    beside: (role) => hostsBeside({ host, queues, sources }, role, name),
  };
}

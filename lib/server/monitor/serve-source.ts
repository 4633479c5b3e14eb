import { type RequestHandler, Router } from 'express';
import type { Clock } from '../../clock.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import type { Logger } from '../../logger.ts';
import { EVERYBODY, isNarrow, type MonitorRole, type QueueRights } from '../../monitor-rights.ts';
import { Recent } from '../../recent.ts';
import { createArena } from '../arena/arena.ts';
import type { HostBeside } from '../arena/hosts-beside.ts';
import { lookOnlyInspector, lookOnlyProducer } from '../narrow/look-only.ts';
import { narrowedInspector, seenNames } from '../narrow/narrowed-inspector.ts';
import { createPages } from '../pages/pages.ts';
import { rightsOf, roleNoted } from '../pages/visit.ts';
import type { QueueNames } from '../queue-names.ts';
import type { OutboxLook } from '../seen-outbox.ts';
import type { SourceParts } from './monitor-source.ts';
import { requirePermission } from './permissions.ts';
import { queueGate } from './queue-gate.ts';

/** What the pages of a Redis server, and Arena's of it, are made with. */
export interface ServedSource extends SourceParts {
  /** The name under which Arena lists it, part of its addresses there. */
  host: string;
  /** What stands before all of its addresses; '' for our own. */
  base: string;
  /** Why nobody may change anything there; null where they may. */
  readOnly: string | null;
  queues: QueueNames;
  outbox: OutboxLook;
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  /** The other Redis servers that are seen in a role, with those of their queues that are. */
  beside: (role: MonitorRole) => Promise<HostBeside[]>;
  log: Logger;
  clock?: Clock | undefined;
  closing?: AbortSignal | undefined;
}

/** So many different rights are served at once without making their pages anew. */
const MOST_RIGHTS = 100;

/**
 * Serves the pages of a Redis server, and Arena at `/arena/`, behind what finds out who asks; `reach` stands between
 * what may be asked and what is shown.
 */
export function serveSource(served: ServedSource, reach: readonly RequestHandler[] = []): Router {
  const { host, base, readOnly, definitions, log, clock, closing } = served;
  const shared = { host, definitions, log, closing, ...(clock && { clock }) };
  const router = Router();
  router.use(requirePermission({ readOnly }));
  router.use(queueGate({ host }));
  if (reach.length > 0) router.use(...reach);
  router.use(byRights(served, (seen) => createPages({ ...shared, ...seen })));
  router.use(
    '/arena',
    byRights(served, ({ role, ...seen }) =>
      createArena({ ...shared, ...seen, base, beside: () => served.beside(role) }),
    ),
  );
  return router;
}

/** What pages and Arena are made with, for everybody or for those of some rights. */
interface Seen extends Pick<ServedSource, 'inspector' | 'producer' | 'queues' | 'outbox'> {
  role: MonitorRole;
}

/** What somebody is, and what they may do here by that. */
interface Visitor {
  role: MonitorRole;
  rights: QueueRights;
  /** Whether they see what is private of encrypted jobs. */
  seesAll: boolean;
}

/**
 * Makes what serves those who may see all, and where that is not the same, what serves those who see nothing private;
 * beside them, at the first request of each, what serves those who have rights to some queues, or other ones elsewhere.
 */
function byRights(served: ServedSource, make: (seen: Seen) => RequestHandler): RequestHandler {
  const { inspector: open, closedInspector: closed, queues, outbox } = served;
  const whole = { role: EVERYBODY, queues, outbox };
  const all = make(lookingOnly(served, { ...whole, inspector: open }));
  const nothingPrivate = closed === open ? all : make(lookingOnly(served, { ...whole, inspector: closed }));
  const narrow = new Recent<string, RequestHandler>(MOST_RIGHTS);
  const ownFor = ({ role, rights, seesAll }: Visitor): RequestHandler => {
    const key = JSON.stringify([role, seesAll]);
    const known = narrow.get(key);
    if (known) return known;
    // How much waits in the outbox is told of all queues together.
    const seen = isNarrow(rights)
      ? {
          ...{ role, queues: seenNames(rights, queues), outbox: null },
          inspector: narrowedInspector({ rights, open, closed }),
        }
      : { ...whole, role, inspector: seesAll ? open : closed };
    const handler = make(lookingOnly(served, seen));
    narrow.set(key, handler);
    return handler;
  };
  return (req, res, next) => {
    const [role, rights, seesAll] = [roleNoted(res), rightsOf(res), res.locals['seesAll'] !== false];
    if (isNarrow(rights) || role.servers) return ownFor({ role, rights, seesAll })(req, res, next);
    return (seesAll ? all : nothingPrivate)(req, res, next);
  };
}

/** Where nobody may change anything, what is seen is so by what could not, whichever way it is asked. */
function lookingOnly({ readOnly, producer }: ServedSource, seen: Omit<Seen, 'producer'>): Seen {
  if (readOnly === null) return { ...seen, producer };
  return {
    ...seen,
    inspector: lookOnlyInspector(seen.inspector, readOnly),
    producer: lookOnlyProducer(producer, readOnly),
  };
}

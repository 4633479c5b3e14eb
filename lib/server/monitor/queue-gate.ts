import { type RequestHandler, Router } from 'express';
import { requireChanged, requireSeen } from '../narrow/narrowed.ts';
import { isRead } from '../own-pages.ts';
import { rightsOf } from '../pages/visit.ts';

/**
 * Refuses with 403 what is at the address of a queue that is not seen, and a change of one that may not be changed,
 * before anything of it is looked at; the answer does not say whether there is such a queue. What is asked of queues
 * otherwise, {@link narrowedInspector} refuses.
 */
export function queueGate({ host }: { host: string }): Router {
  const router = Router();
  router.use(['/queues/:queue', '/actions/queues/:queue', '/arena/api/queue/:host/:queue'], gate);
  router.use('/arena/:host/:queue', (req, res, next) => {
    // What Arena loads has such addresses too.
    if (req.params['host'] !== host) return next();
    gate(req, res, next);
  });
  return router;
}

const gate: RequestHandler = (req, res, next) => {
  const rights = rightsOf(res);
  const queue = String(req.params['queue']);
  if (isRead(req)) requireSeen(rights, queue);
  else requireChanged(rights, queue);
  next();
};

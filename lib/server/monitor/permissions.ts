import type { RequestHandler } from 'express';
import { isRead } from '../own-pages.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { httpProblem } from '../problem.ts';

/**
 * Refuses with 403 whatever changes anything: to everybody in read-only mode, else to those whose
 * `res.locals.canChange` is false already. Leaves there, for the pages, whether this request might change something,
 * and in `res.locals.seesAll` whether who makes it may see what is private of encrypted jobs.
 */
export function requirePermission({ readOnly }: { readOnly: boolean }): RequestHandler {
  return (req, res, next) => {
    const mayChange = res.locals['canChange'] !== false;
    res.locals['seesAll'] = mayChange;
    res.locals['canChange'] = mayChange && !readOnly;
    if (isRead(req) || res.locals['canChange']) return next();
    const why = readOnly ? 'this monitor is read-only' : 'viewers may look but not change anything';
    answerProblem(req, res, httpProblem(403, why));
  };
}

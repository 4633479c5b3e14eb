import type { RequestHandler } from 'express';
import { isRead } from '../own-pages.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { rightsOf } from '../pages/visit.ts';
import { httpProblem } from '../problem.ts';

/**
 * Refuses with 403 whatever changes anything: to everybody where `readOnly` says why, else to those whose
 * `res.locals.canChange` is false already. Leaves there, for the pages, whether this request might change something,
 * and in `res.locals.seesAll` whether who makes it may see what is private of encrypted jobs.
 */
export function requirePermission({ readOnly }: { readOnly: string | null }): RequestHandler {
  return (req, res, next) => {
    // An operator of some servers may look only at the others.
    const mayChange = res.locals['canChange'] !== false && rightsOf(res).changes.length > 0;
    res.locals['seesAll'] = mayChange;
    res.locals['canChange'] = mayChange && readOnly === null;
    if (isRead(req) || res.locals['canChange']) return next();
    const why = readOnly ?? 'viewers may look but not change anything';
    answerProblem(req, res, httpProblem(403, why));
  };
}

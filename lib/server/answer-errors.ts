import type { ErrorRequestHandler, Request, Response } from 'express';
import { systemClock } from '../clock.ts';
import { coerceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { nameKeys } from '../redis/named-keys.ts';
import { Repeats } from '../repeats.ts';
import { httpProblem, type Problem, sendProblem, toProblem } from './problem.ts';

/** Writes a problem to whoever asked. */
export type AnswerProblem = (req: Request, res: Response, problem: Problem) => void;

/**
 * Makes the last handler of an app: what anything throws is answered as a problem, which tells nothing of a fault of
 * ours, and logged: a fault as an error, once a minute for each cause, all else at debug. An answer that was begun
 * already is cut off.
 */
export function answerErrors(
  log: Logger,
  answer: AnswerProblem = (_req, res, problem) => sendProblem(res, problem),
): ErrorRequestHandler {
  const repeats = new Repeats(systemClock);
  return (error: unknown, req, res, _next) => {
    const problem = fromExpress(error) ?? toProblem(error);
    const fields = { method: req.method, path: req.path, status: problem.status, err: error };
    if (problem.status === 500) {
      const untold = repeats.untold(causeOf(req, error));
      if (untold !== null) log.error('request failed', { ...fields, ...(untold > 0 && { untold }) });
    } else log.debug('request refused', fields);
    if (!res.headersSent) return answer(req, res, problem);
    if (!res.writableEnded) res.destroy();
  };
}

/** How many parts of a path tell what it is about: behind the name of a queue come ids, of which there are many. */
const PARTS_TOLD = 4;

/** What is wrong with a queue fails all requests about it, of which there may be many a second. */
function causeOf({ method, path }: Request, error: unknown): string {
  const place = path.split('/').slice(0, PARTS_TOLD).join('/');
  return [method, place, nameKeys(coerceError(error)).message].join(' ');
}

/** Express marks what the client did wrong, such as a path that cannot be decoded. */
function fromExpress(error: unknown): Problem | null {
  if (error instanceof URIError) return httpProblem(400, 'the path is not percent-encoded as it should be');
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  return error.status >= 400 && error.status < 500
    ? httpProblem(error.status, 'the request cannot be read')
    : null;
}

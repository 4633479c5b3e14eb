import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from '../logger.ts';
import { httpProblem, type Problem, sendProblem, toProblem } from './problem.ts';

/** Writes a problem to whoever asked. */
export type AnswerProblem = (req: Request, res: Response, problem: Problem) => void;

/**
 * Makes the last handler of an app: what anything throws is answered as a problem, which tells nothing of a fault of
 * ours, and logged: a fault as an error, all else at debug. An answer that was begun already is cut off.
 */
export function answerErrors(
  log: Logger,
  answer: AnswerProblem = (_req, res, problem) => sendProblem(res, problem),
): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const problem = fromExpress(error) ?? toProblem(error);
    const fields = { method: req.method, path: req.path, status: problem.status, err: error };
    if (problem.status === 500) log.error('request failed', fields);
    else log.debug('request refused', fields);
    if (!res.headersSent) return answer(req, res, problem);
    if (!res.writableEnded) res.destroy();
  };
}

/** Express marks what the client did wrong, such as a path that cannot be decoded. */
function fromExpress(error: unknown): Problem | null {
  if (error instanceof URIError) return httpProblem(400, 'the path is not percent-encoded as it should be');
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  return error.status >= 400 && error.status < 500
    ? httpProblem(error.status, 'the request cannot be read')
    : null;
}

import type { Request, Response } from 'express';
import { systemClock } from '../../clock.ts';
import { type Problem, sendProblem } from '../problem.ts';
import { sendPage } from './answer-page.tsx';
import { visitOf } from './visit.ts';

const RETRY_AFTER_S = 1;

/** Answers with a problem: as a page to a browser that asks for one, as `application/problem+json` to all else. */
export function answerProblem(req: Request, res: Response, problem: Problem): void {
  if (wantsPage(req)) sendProblemPage(req, res, problem);
  else sendProblem(res, problem);
}

function sendProblemPage(req: Request, res: Response, problem: Problem): void {
  const { status, title, detail } = problem;
  if (status === 503) res.set('Retry-After', String(RETRY_AFTER_S));
  const body = (
    <>
      <h1>{title}</h1>
      <p>
        {status}: {detail}
      </p>
      <p>
        <a href="/">To the overview</a>
      </p>
    </>
  );
  sendPage(res, visitOf(req, systemClock.now()), { title, section: null, status, body });
}

function wantsPage(req: Request): boolean {
  return !req.xhr && req.accepts(['application/problem+json', 'html']) === 'html';
}

import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { Clock } from '../../clock.ts';
import { httpProblem } from '../problem.ts';
import { toJson } from '../shown-json.ts';
import { answerProblem } from './answer-problem.tsx';

/** What sending lines works with. */
export interface SendLinesDeps {
  clock: Clock;
  /** Aborted when the server closes: it ends them all. */
  closing?: AbortSignal | undefined;
  /** Who takes in nothing for so long is cut off, ms; default a minute. */
  slowMs?: number;
}

/** What is sent: a file of a name, a line of JSON for each of what is read step by step. */
export interface SentLines {
  file: string;
  steps: AsyncGenerator<readonly object[]>;
}

/** How many exports go on at once. */
const MOST_AT_ONCE = 4;
const SLOW_MS = 60_000;

/**
 * Makes what answers with lines of JSON, as fast as they are read; four at a time. One that cannot be gone on with is
 * cut off, so that nobody takes it for the whole. So is one whose reader has stopped reading, as others wait for its
 * place.
 */
export function lineSender(
  deps: SendLinesDeps,
): (req: Request, res: Response, lines: SentLines) => Promise<void> {
  let going = 0;
  return async (req, res, lines) => {
    if (going >= MOST_AT_ONCE)
      return answerProblem(req, res, httpProblem(503, `${MOST_AT_ONCE} exports go on already; try again`));
    going++;
    try {
      await send(res, lines, deps);
    } finally {
      going--;
    }
  };
}

async function send(
  res: Response,
  { file, steps }: SentLines,
  { clock, closing, slowMs = SLOW_MS }: SendLinesDeps,
): Promise<void> {
  // The first step says whether the search can be at all; what fails behind it is no answer of its own any more.
  const first = await steps.next();
  res.attachment(file).type('application/x-ndjson').flushHeaders();
  for (let step = first; !step.done && !res.destroyed; step = await steps.next()) {
    const lines = step.value.flatMap((one) => toJson(one) ?? []);
    const isTaken = lines.length === 0 || res.write(`${lines.join('\n')}\n`);
    if (closing?.aborted || !(isTaken || (await isDrained(res, clock, slowMs)))) return void res.destroy();
  }
  res.end();
}

/** Whether a reader has taken in what was sent, in time; false also for one that is gone. */
async function isDrained(res: Response, clock: Clock, limitMs: number): Promise<boolean> {
  if (res.destroyed) return false;
  const ending = new AbortController();
  const { signal } = ending;
  try {
    const events = [once(res, 'drain', { signal }).then(() => true), once(res, 'close', { signal })];
    const first = await Promise.race([...events, clock.sleep(limitMs, signal)]);
    return first === true;
  } finally {
    ending.abort();
  }
}

import { once } from 'node:events';
import type { RequestHandler, Response } from 'express';
import type { Clock } from '../../../clock.ts';
import type { Inspector, JobInfo } from '../../../inspector/inspector.ts';
import { httpProblem } from '../../problem.ts';
import type { QueueNames } from '../../queue-names.ts';
import { toJson } from '../../shown-json.ts';
import { answerProblem } from '../answer-problem.tsx';
import { readFields, type SearchOrder, toOrder } from './search-fields.ts';

/** What exporting works with. */
export interface ExportDeps {
  inspector: Inspector;
  queues: QueueNames;
  clock: Clock;
  /** Aborted when the server closes: it ends them all. */
  closing?: AbortSignal | undefined;
  /** Who takes in nothing for so long is cut off, ms; default a minute. */
  slowMs?: number;
}

/** How many exports go on at once. */
const MOST_AT_ONCE = 4;
/** What one step looks at, and finds, at most. */
const STEP = { most: 2_000, limit: 500 };
const SLOW_MS = 60_000;

/**
 * Answers with all jobs that a search finds, each a line of JSON as the HTTP API has it, newest first: step by step, as
 * fast as they are read. One that cannot be gone on with is cut off, so that nobody takes it for the whole, and so is
 * one whose reader has stopped reading, as others wait for its place.
 */
export function exportFound(deps: ExportDeps): RequestHandler {
  let going = 0;
  return async (req, res) => {
    const order = toOrder(readFields(req), await deps.queues());
    if (order.kind === 'none' || order.kind === 'refused')
      return answerProblem(req, res, httpProblem(422, 'this is no search: fill in what to look for'));
    if (going >= MOST_AT_ONCE)
      return answerProblem(req, res, httpProblem(503, `${MOST_AT_ONCE} exports go on already; try again`));
    going++;
    try {
      await send(res, stepsOf(deps.inspector, order), deps);
    } finally {
      going--;
    }
  };
}

async function send(
  res: Response,
  steps: AsyncGenerator<readonly JobInfo[]>,
  { clock, closing, slowMs = SLOW_MS }: ExportDeps,
): Promise<void> {
  // The first step says whether the search can be at all; what fails behind it is no answer of its own any more.
  const first = await steps.next();
  res.attachment('jobs.ndjson').type('application/x-ndjson').flushHeaders();
  for (let step = first; !step.done && !res.destroyed; step = await steps.next()) {
    const lines = step.value.flatMap((job) => toJson(job) ?? []);
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

async function* stepsOf(
  inspector: Inspector,
  order: SearchOrder & { kind: 'find' | 'search' },
): AsyncGenerator<readonly JobInfo[]> {
  if (order.kind === 'find') {
    const found = await inspector.find(order.id);
    yield found.filter(
      ({ queue, state }) =>
        (order.queue === null || order.queue === queue) && (order.state === null || order.state === state),
    );
    return;
  }
  for (let cursor: string | null = order.search.cursor ?? null; ; ) {
    const found = await inspector.search(order.queue, { ...order.search, ...STEP, cursor });
    yield found.jobs;
    if (found.cursor === null) return;
    cursor = found.cursor;
  }
}

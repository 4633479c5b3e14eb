import type { RequestHandler } from 'express';
import type { Inspector, JobInfo } from '../../../inspector/inspector.ts';
import { httpProblem } from '../../problem.ts';
import type { QueueNames } from '../../queue-names.ts';
import { answerProblem } from '../answer-problem.tsx';
import { lineSender, type SendLinesDeps } from '../send-lines.ts';
import { readFields, type SearchOrder, toOrder } from './search-fields.ts';

/** What exporting works with. */
export interface ExportDeps extends SendLinesDeps {
  inspector: Inspector;
  queues: QueueNames;
}

/** What one step looks at, and finds, at most. */
const STEP = { most: 2_000, limit: 500 };

/** Answers with all jobs that a search finds, each a line of JSON as the HTTP API has it, newest first. */
export function exportFound(deps: ExportDeps): RequestHandler {
  const send = lineSender(deps);
  return async (req, res) => {
    const order = toOrder(readFields(req), await deps.queues());
    if (order.kind === 'none' || order.kind === 'refused')
      return answerProblem(req, res, httpProblem(422, 'this is no search: fill in what to look for'));
    await send(req, res, { file: 'jobs.ndjson', steps: stepsOf(deps.inspector, order) });
  };
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

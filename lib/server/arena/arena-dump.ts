import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import { systemClock } from '../../clock.ts';
import type { Inspector, JobInfo, JobPage, JobState } from '../../inspector/inspector.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { httpProblem } from '../problem.ts';
import { withinLimit } from '../time-limit.ts';
import { isWritable } from './arena-helpers.ts';
import { isListed, type ListedQueues } from './listed-queues.ts';

/** What a dump is read from. */
export interface ArenaDumpDeps extends ListedQueues {
  inspector: Inspector;
}

/** The address of a dump: host, queue and the word for a state. */
export const DUMP_PATH = /^\/([^/]+)\/([^/]+)\/(waiting|active|delayed|succeeded|completed|failed)\.json\/?$/;

const MOST_JOBS = 1_000;
/** Jobs may be large: so many of them are in memory at a time. */
const STEP = 100;
const LIMIT_MS = 10_000;

/**
 * Answers the newest thousand jobs of a state as a JSON list to be saved, one job a line. What Arena has for it reads a
 * job too many and makes one text of them all, indented, which takes gigabytes for jobs that nest deeply.
 */
export function dumpJobs(deps: ArenaDumpDeps): RequestHandler {
  return async (req, res) => {
    const [host = '', queue = '', word = ''] = [0, 1, 2].map((at) => String(req.params[at]));
    if (!(await isListed(deps, { host, queue }))) {
      return answerProblem(req, res, httpProblem(404, `there is no queue ${queue} here`));
    }
    const state = (word === 'completed' ? 'succeeded' : word) as JobState; // The path lets no other word pass.
    const lines = writeLines(readNewest(deps.inspector, queue, state));
    const first = await lines.next(); // An error before the first byte is answered as one.
    res.attachment(`${queue}-${word}-dump.json`.replace(/\p{Cc}/gu, '_'));
    await pipeline(Readable.from(startingWith(first, lines)), res).catch((error: unknown) => {
      if (!req.socket.destroyed) throw error; // Whoever asked has gone.
    });
  };
}

async function* startingWith(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void>,
): AsyncGenerator<string> {
  if (!first.done) yield first.value;
  yield* rest;
}

async function* writeLines(pages: AsyncGenerator<JobInfo[]>): AsyncGenerator<string, void> {
  let before = '[\n';
  for await (const jobs of pages) {
    if (jobs.length === 0) continue;
    yield before + jobs.map(toLine).join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

function toLine(job: JobInfo): string {
  const { id, queue, state } = job;
  return JSON.stringify(
    isWritable(job) ? job : { id, queue, state, problem: 'nested too deeply to be written' },
  );
}

/** Reads in steps. A job that is added meanwhile moves the others on, so that some are met again. */
async function* readNewest(inspector: Inspector, queue: string, state: JobState): AsyncGenerator<JobInfo[]> {
  const limit = { clock: systemClock, limitMs: LIMIT_MS, what: 'reading the jobs' };
  const met = new Set<string>();
  for (let cursor: string | null = '0'; cursor !== null && met.size < MOST_JOBS; ) {
    const query = { state, cursor, limit: STEP };
    const page: JobPage = await withinLimit(limit, () => inspector.jobs(queue, query));
    const fresh = page.jobs.filter(({ id }) => !met.has(id)).slice(0, MOST_JOBS - met.size);
    for (const { id } of fresh) met.add(id);
    yield fresh;
    cursor = page.cursor;
  }
}

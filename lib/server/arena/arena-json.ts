import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import { systemClock } from '../../clock.ts';
import { type Inspector, isJobState, type JobInfo, type JobState } from '../../inspector/inspector.ts';
import { answerProblem } from '../pages/answer-problem.tsx';
import { httpProblem } from '../problem.ts';
import { toJson, toShownJson } from '../shown-json.ts';
import { withinLimit } from '../time-limit.ts';
import { isListAddress } from './arena-address.ts';
import { readInSteps } from './arena-reading.ts';
import { isListed, type ListedQueues } from './listed-queues.ts';

/** What jobs are read from. */
export interface ArenaJsonDeps extends ListedQueues {
  inspector: Inspector;
}

/** The address of a dump: host, queue and the word for a state. */
export const DUMP_PATH = /^\/([^/]+)\/([^/]+)\/(waiting|active|delayed|succeeded|completed|failed)\.json\/?$/;

const MOST_JOBS = 1_000;
const LIMIT = { clock: systemClock, limitMs: 10_000 };

/** Answers a job as JSON to `?json=true`. What Arena has for it fails on jobs that nest too deeply. */
export function jobJson(deps: ArenaJsonDeps): RequestHandler {
  return async (req, res, next) => {
    const [host = '', queue = '', id = ''] = ['host', 'queue', 'id'].map((name) => String(req.params[name]));
    if (req.query['json'] !== 'true' || isListAddress(req.path)) return next();
    const read = async (): Promise<JobInfo | null> =>
      (await isListed(deps, { host, queue })) ? deps.inspector.job(queue, id) : null;
    const job = await withinLimit({ ...LIMIT, what: 'reading the job' }, read);
    if (job) res.type('json').send(toShownJson(toWritable(job)));
    else answerProblem(req, res, httpProblem(404, `there is no job ${id} in a queue ${queue} here`));
  };
}

/**
 * Answers the newest thousand jobs of a state as a JSON list to be saved, one job a line. What Arena has for it reads a
 * job too many and makes one text of them all, indented, which takes gigabytes for jobs that nest deeply.
 */
export function dumpJobs(deps: ArenaJsonDeps): RequestHandler {
  return async (req, res) => {
    const [host = '', queue = '', word = ''] = [0, 1, 2].map((at) => String(req.params[at]));
    if (!(await isListed(deps, { host, queue }))) {
      return answerProblem(req, res, httpProblem(404, `there is no queue ${queue} here`));
    }
    const state = word === 'completed' ? 'succeeded' : word;
    if (!isJobState(state)) throw new Error(`${DUMP_PATH} lets ${word} pass, which is no state`);
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
    yield before + jobs.map((job) => JSON.stringify(toWritable(job))).join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** Of a job that nests too deeply at least where it is, so that the rest of a list is told. */
function toWritable(job: JobInfo): object {
  const { id, queue, state } = job;
  return toJson(job) === null ? { id, queue, state, problem: 'nested too deeply to be written' } : job;
}

/** Each step has its time, since nobody says how long a browser takes to fetch them all. */
async function* readNewest(inspector: Inspector, queue: string, state: JobState): AsyncGenerator<JobInfo[]> {
  const steps = readInSteps(inspector, queue, { state, from: 0, to: Infinity, newestFirst: true });
  let left = MOST_JOBS;
  while (left > 0) {
    const step = await withinLimit({ ...LIMIT, what: 'reading the jobs' }, () => steps.next());
    if (step.done) return;
    const jobs: JobInfo[] = step.value.slice(0, left);
    left -= jobs.length;
    yield jobs;
  }
}

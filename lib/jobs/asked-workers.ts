import { ApiaryError } from '../errors.ts';
import { isLabel, requireName } from '../names.ts';
import type { Added } from './added.ts';
import type { AddOptions, JobOptions } from './options.ts';
import type { PlannedJob } from './planned-job.ts';
import type { AddWarning, WantedWorker, WorkerCheck } from './worker-check.ts';

/** What the adds of a producer ask of the workers. */
export interface AskedWorkers {
  check: WorkerCheck;
  /** Whether answers have warnings. */
  warns: boolean;
}

/** What is added, and whether a worker has to be there for it. */
interface Asked extends WantedWorker {
  isRequired: boolean;
}

/** The kind of a job, and what was said of its add. */
interface Add extends Omit<WantedWorker, 'path'> {
  options: AddOptions;
}

/** Jobs that are added in one call: what is asked for each, and each as it is without that. */
export interface AskedJobs<Job extends Add> {
  asked: readonly Asked[];
  jobs: readonly Job[];
}

/** Whether an add asks nothing of the workers: most do so, and it costs them no more than this. */
export function asksNothing({ warns }: AskedWorkers, options: unknown): boolean {
  return !warns && !isAsking(options);
}

/** What there is to think of an add that requires nothing, where that is known without asking Redis; else null. */
export function knownWarnings(
  { check, warns }: AskedWorkers,
  { queue, type, schema, options }: Add,
): readonly AddWarning[] | null {
  if (!warns || isAsking(options)) return null;
  const found = check.warningsFor([{ queue, type, ...(schema && { schema }), path: 'type' }]);
  return found instanceof Promise ? null : found;
}

/**
 * Reads what is asked for each of some jobs, whose types stand at a path each. Throws JOB_INVALID for a name that
 * cannot be, and for a `requireWorker` that is neither true nor false.
 */
export function askedOf<Job extends Add>(
  adds: readonly Job[],
  pathOf: (at: number) => string,
): AskedJobs<Job> {
  const asked: Asked[] = [];
  const jobs = adds.map((add, at) => {
    const { queue, type, schema } = add;
    const path = pathOf(at);
    // What cannot be is told as that, before anybody is looked for.
    requireName(`${path}type`, type);
    if (!isLabel(queue)) requireName(`${path}queue`, queue);
    const isRequired = isAsking(add.options) && readFlag(path, add.options.requireWorker);
    asked.push({ queue, type, ...(schema && { schema }), path: `${path}type`, isRequired });
    return isAsking(add.options) ? { ...add, options: withoutAsking(add.options) } : add;
  });
  return { asked, jobs };
}

/** The same for planned jobs. */
export function askedOfPlanned(
  planned: readonly PlannedJob[],
  pathOf: (at: number) => string,
): AskedJobs<PlannedJob & Add> {
  return askedOf(
    planned.map((job) => ({ ...job.definition, ...job })),
    pathOf,
  );
}

/**
 * Adds, once what was asked of the workers is known; the answer is given what there is to think of. Rejects with
 * NO_WORKER where one is required and there is none; nothing is added then.
 */
export function whenAsked<Answer>(
  { check, warns }: AskedWorkers,
  asked: readonly Asked[],
  add: () => Promise<Answer>,
  give: (answer: Answer, warnings: readonly AddWarning[]) => Answer,
): Promise<Answer> {
  const addWarned = (): Promise<Answer> => {
    const warnings = warns ? check.warningsFor(asked) : [];
    const adding = add();
    if (!(warnings instanceof Promise) && warnings.length === 0) return adding;
    return Promise.all([adding, warnings]).then(([answer, told]) =>
      told.length === 0 ? answer : give(answer, told),
    );
  };
  const required = asked.filter(({ isRequired }) => isRequired);
  return required.length === 0 ? addWarned() : check.require(required).then(addWarned);
}

/** Adds one job likewise, with the options that are left without what they ask. */
export async function whenOneAsked(
  workers: AskedWorkers,
  job: Add,
  add: (options: JobOptions) => Promise<Added>,
): Promise<Added> {
  const { asked, jobs } = askedOf([job], () => '');
  return whenAsked(workers, asked, () => add(jobs[0]?.options ?? job.options), giveWarnings);
}

/** Gives an answer its warnings. */
export function giveWarnings<Answer extends object>(
  answer: Answer,
  warnings: readonly AddWarning[],
): Answer & { warnings: readonly AddWarning[] } {
  return { ...answer, warnings };
}

/** Gives each of many answers those that are of its queue and type. */
export function giveEachItsWarnings(answers: readonly Added[], warnings: readonly AddWarning[]): Added[] {
  return answers.map((answer) => {
    const own = warnings.filter(({ queue, type }) => queue === answer.queue && type === answer.type);
    return own.length === 0 ? answer : giveWarnings(answer, own);
  });
}

function isAsking(options: unknown): options is AddOptions {
  return typeof options === 'object' && options !== null && 'requireWorker' in options;
}

function withoutAsking({ requireWorker: _, ...options }: AddOptions): JobOptions {
  return options;
}

function readFlag(path: string, value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value === true;
  const field = `${path}options.requireWorker`;
  const message = 'must be true or false';
  throw new ApiaryError('JOB_INVALID', `${field} ${message}`, { problems: [{ path: field, message }] });
}

import { ApiaryError } from '../../errors.ts';
import type { JobInfo } from '../../inspector/inspector.ts';
import type { Adder } from '../../jobs/adder.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import type { JobOptions } from '../../jobs/options.ts';
import { requireName } from '../../names.ts';
import { invalid, toFields } from './arena-body.ts';

/** What jobs are added with. */
export interface ArenaAddDeps {
  producer: Adder;
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
}

/** A job that is to be added; its data is checked where its type is known. */
interface AddedJob {
  type: string;
  queue: string;
  data: unknown;
  options: JobOptions;
}

/**
 * Adds the job that was entered on the page of a queue; resolves with its id. Its type is its name, or else that of the
 * queue. Throws JOB_INVALID for data and options that cannot be, JOB_EXISTS when there is such a job.
 */
export async function addFromPage(deps: ArenaAddDeps, queue: string, body: unknown): Promise<string> {
  const { name, data, opts } = toFields(body);
  const type = name === undefined || name === null || name === '' ? queue : name;
  requireName('type', type);
  if (data === undefined) throw invalid('data', 'is required; null is allowed');
  return addJob(deps, { type, queue, data, options: toOptions(opts) });
}

/** Adds a copy of a job with the options of its type; resolves with its id. */
export function addCopy(deps: ArenaAddDeps, { type, queue, data, headers }: JobInfo): Promise<string> {
  return addJob(deps, { type, queue, data, options: { headers } });
}

async function addJob({ producer, definitions }: ArenaAddDeps, job: AddedJob): Promise<string> {
  const { type, queue, data, options } = job;
  const definition = definitions.get(type);
  const result = definition
    ? await producer.add({ ...definition, queue }, data, options)
    : await producer.addRaw(job);
  if (!result.created && !result.replaced)
    throw new ApiaryError('JOB_EXISTS', `job ${result.id} is there already; it was not changed`);
  return result.id;
}

/** Takes our own names of options, and for those that Arena's users know BullMQ's; the producer refuses others. */
function toOptions(opts: unknown): JobOptions {
  const { delay, jobId, attempts, ...own } = toFields(opts ?? {});
  const options: Record<string, unknown> = {
    ...own,
    ...(delay !== undefined && { delayMs: delay }),
    ...(jobId !== undefined && { id: jobId }),
    ...(attempts !== undefined && { retries: Number(attempts) - 1 }),
  };
  // Whatever they are: the producer checks each of them.
  return options as JobOptions;
}

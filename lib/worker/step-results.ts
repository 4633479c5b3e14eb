import { readOwn } from '../engine/own-json.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import { type Sealing, sealOfStep } from '../engine/record/private.ts';
import { ApiaryError, DiscardJob } from '../errors.ts';
import { parseData } from '../jobs/check-data.ts';
import type { JobDefinition } from '../jobs/define.ts';
import { nameWithin } from '../jobs/step-names.ts';
import { isSealed } from '../keyring.ts';

/** What steps return, by their names where the step stands that reads them. */
export type StepResults = Readonly<Record<string, unknown>>;

const NONE: StepResults = Object.freeze({});

/** The results that a job was given; its own to change. To look at one that was too long throws JOB_INVALID. */
export function stepResults({ record, sealing }: Pick<ActiveJob, 'record' | 'sealing'>): StepResults {
  const { results, unread, flow } = record.options.links ?? {};
  if (results === undefined && unread === undefined) return NONE;
  const within = listOf(flow?.within);
  const given = Object.fromEntries(
    Object.entries(structuredClone(results ?? {})).map(([step, value]) => {
      const isToOpen = isSealed(value) && flow;
      return [nameWithin(within, step), isToOpen ? opened(sealing, { ...flow, step }, value) : value];
    }),
  );
  for (const step of listOf(unread)) {
    const get = () => tooLong(step);
    Object.defineProperty(given, nameWithin(within, step), { enumerable: false, configurable: true, get });
  }
  return given;
}

/** Of a step that is not encrypted the result may only look so, and is as it is. Throws ENCRYPTION_KEY_MISSING. */
function opened(
  sealing: Sealing,
  step: { queue: string; id: string; step: string },
  sealed: string,
): unknown {
  try {
    return readOwn<unknown>(sealOfStep(sealing, step).open('result', sealed));
  } catch (error) {
    if (error instanceof ApiaryError && error.code === 'ENCRYPTION_KEY_MISSING') throw error;
    return sealed;
  }
}

/** Another program may have stored anything there. */
function listOf(names: unknown): readonly string[] {
  return Array.isArray(names) ? names.filter((one) => typeof one === 'string') : [];
}

function tooLong(name: string): never {
  throw new ApiaryError(
    'JOB_INVALID',
    `the result of step ${name} is too long to be read by others: 65,536 characters as JSON, 1,048,576 for all`,
  );
}

/**
 * Checks the results that the definition of a job reads, each by the schema of its own definition; a promise where one
 * needs it. Throws DiscardJob where one is missing or not right: no other attempt could mend that.
 */
export function checkResults(definition: JobDefinition, job: ActiveJob): Promise<unknown> | null {
  const { reads } = definition;
  if (typeof reads !== 'object' || reads === null) return null;
  const results = stepResults(job);
  const checks = Object.entries(reads).map(([name, read]) => checkResult(name, read, results));
  const pending = checks.filter((check) => check !== null);
  return pending.length === 0 ? null : Promise.all(pending);
}

function checkResult(name: string, read: JobDefinition, results: StepResults): Promise<unknown> | null {
  if (!Object.hasOwn(results, name))
    throw new DiscardJob(`it reads the result of step ${name}, which has none`);
  const value = results[name];
  if (read.result === undefined) return null;
  const by = { type: read.type, schema: read.result };
  try {
    const checking = parseData(by, value);
    return checking instanceof Promise ? checking.catch((error) => refuse(name, error)) : null;
  } catch (error) {
    return refuse(name, error);
  }
}

function refuse(name: string, error: unknown): never {
  if (!(error instanceof ApiaryError)) throw error;
  const problems = error.problems.map(({ path, message }) => `${path || 'result'}: ${message}`).join('; ');
  throw new DiscardJob(`the result of step ${name}, which it reads, is not valid: ${problems}`);
}

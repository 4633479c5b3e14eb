import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { ApiaryError } from '../../errors.ts';
import { defineJob, type JobDefinition } from '../../jobs/define.ts';
import { jobFor, type PlannedJob } from '../../jobs/planned-job.ts';
import type { KeyRights } from '../../key-rights.ts';
import { requireQueueOf } from './access.ts';
import { forRequest, oneId, requireElsewhere } from './add-job.ts';
import { parse } from './api-route.ts';
import { newJobSchema } from './api-schemas.ts';

/** What reading such jobs goes by. */
export interface PlannedDeps {
  /** The job types known here, by name. */
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  /** What the key that adds them may do. */
  rights: KeyRights;
}

/**
 * A job of a chain or a batch in a document; each is checked by itself, so that what is wrong is told with its place.
 */
export const plannedJob = z.unknown().meta({ $ref: '#/components/schemas/NewJob' });

/** What is for a worker elsewhere to check. It says nothing of itself: it is not the schema of the type. */
const ANYTHING: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'apiary', validate: (value) => ({ value }) },
};

/**
 * Reads a job that is to be added together with others, at its path in the request. Throws JOB_INVALID whose paths
 * begin with that, JOB_TYPE_UNKNOWN when neither its type is known nor a queue given, and a problem of status 403 for
 * a queue that is none of the key.
 */
export function readPlanned({ definitions, rights }: PlannedDeps, given: unknown, path: string): PlannedJob {
  return at(path, () => {
    // A number in it would be changed, see `batchReader`.
    if (given instanceof ApiaryError) throw given;
    const { type, data, options = {} } = parse(newJobSchema, given);
    const { queue, ...jobOptions } = options;
    const known = definitions.get(type);
    const where = queue ?? known?.queue;
    if (where !== undefined) requireQueueOf(rights, where);
    const at = [...path.split('.'), 'data'];
    if (known)
      return jobFor(forRequest(known, { ...(queue !== undefined && { queue }), at }), data, jobOptions);
    const job = { type, queue, data };
    requireElsewhere(definitions, job);
    return jobFor(defineJob({ type, queue: job.queue, schema: ANYTHING }), data, jobOptions);
  });
}

/**
 * Takes an idempotency key, if there is one, for the id of the first job. Throws JOB_INVALID when both are given and
 * differ.
 */
export function underKey(first: PlannedJob, key: string | undefined): PlannedJob {
  const id = oneId('jobs.0.options.id', first.options.id, key);
  return id === undefined ? first : { ...first, options: { ...first.options, id } };
}

function at<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ApiaryError)) throw error;
    const problems = error.problems.map((one) => ({
      ...one,
      path: [path, one.path].filter(Boolean).join('.'),
    }));
    throw new ApiaryError(error.code, `${path}: ${error.message}`, { cause: error, problems });
  }
}

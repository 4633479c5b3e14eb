import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describeValue } from '../error-facts.ts';
import { ApiaryError, type FieldProblem } from '../errors.ts';
import { firstFaults } from '../field-checks.ts';
import { adopted, isThenable } from '../promises.ts';
import { type JobDefinition, untyped } from './define.ts';

/** So much is said of what is wrong with data: so many problems, each so many steps deep. */
const MOST_PROBLEMS = 100;
const MOST_STEPS = 100;

/**
 * Checks data against the schema of a definition: the parsed data, or a promise of it where the schema needs one.
 * Throws JOB_INVALID, or rejects with it, naming each wrong field.
 */
export function parseData<Data>(
  definition: Pick<JobDefinition<unknown, Data> | JobDefinition<never, Data>, 'type' | 'schema'>,
  data: unknown,
): Data | Promise<Data> {
  const result = definition.schema['~standard'].validate(data);
  // Most schemas answer at once; waiting for them all the same would cost each job a turn.
  return isThenable(result)
    ? adopted(result).then((later) => acceptData(definition.type, later))
    : acceptData(definition.type, result);
}

/**
 * Checks data that is to be added, as JSON gives it back: null when it is right, a promise where the schema needs one;
 * throws or rejects as {@link parseData}. What is stored is what was given, once it was found valid: the worker parses
 * it again, with its own and perhaps newer schema, and a schema that transforms must not be applied twice.
 */
export function checkInput<Input>(
  definition: JobDefinition<Input, unknown>,
  data: unknown,
): Promise<unknown> | null {
  const checked = parseData(untyped(definition), data);
  return checked instanceof Promise ? checked : null;
}

function acceptData<Data>(type: string, result: StandardSchemaV1.Result<Data>): Data {
  if (typeof result !== 'object' || result === null)
    throw new Error(`the schema of ${type} answered with ${describeValue(result)} instead of a result`);
  const { issues } = result;
  if (!issues) return result.value;
  const all = Array.isArray(issues) ? issues : [undefined];
  const some = all.slice(0, MOST_PROBLEMS).map(toProblem);
  const problems = firstFaults(some, MOST_PROBLEMS, { total: all.length });
  const first = problems[0];
  throw new ApiaryError(
    'JOB_INVALID',
    `data of ${type} is not valid: ${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'rejected'}`,
    { problems },
  );
}

/** A schema is somebody's own code too: what it says is taken for what it is. */
function toProblem(issue: StandardSchemaV1.Issue | undefined): FieldProblem {
  try {
    const path = (issue?.path ?? []).slice(0, MOST_STEPS).map(stepText).join('.');
    return { path, message: typeof issue?.message === 'string' ? issue.message : 'rejected' };
  } catch {
    return { path: '', message: 'rejected' };
  }
}

function stepText(step: PropertyKey | StandardSchemaV1.PathSegment): string {
  const key: unknown = typeof step === 'object' && step !== null ? step.key : step;
  return typeof key === 'object' || typeof key === 'function' ? describeValue(key) : String(key);
}

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';

/** Throws JOB_INVALID unless a definition of a type was given a schema under this name. */
export function requireSchema(type: string, name: string, schema: StandardSchemaV1 | undefined): void {
  if (typeof schema?.['~standard']?.validate === 'function') return;
  throw new ApiaryError(
    'JOB_INVALID',
    `job type ${type}: ${name} must be a Standard Schema, such as one of zod`,
  );
}

/** Throws JOB_INVALID unless what a definition of a type reads are definitions, by names. */
export function requireReads(type: string, reads: unknown, isDefinition: (value: unknown) => boolean): void {
  const isMap = typeof reads === 'object' && reads !== null && !Array.isArray(reads);
  if (isMap && Object.values(reads).every(isDefinition)) return;
  throw new ApiaryError(
    'JOB_INVALID',
    `job type ${type}: reads must be an object of what defineJob returns, by the names of steps`,
  );
}

/** Throws JOB_INVALID unless a definition of a type was given true or false under this name. */
export function requireFlag(type: string, name: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw new ApiaryError(
    'JOB_INVALID',
    `job type ${type}: ${name} must be true or false, not ${describeValue(value)}`,
  );
}

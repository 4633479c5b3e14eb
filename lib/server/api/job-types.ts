import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import type { WorkerInfo } from '../../inspector/inspector.ts';
import type { JobDefinition } from '../../jobs/define.ts';

/** The job types that a process knows, by name. */
type Definitions = ReadonlyMap<string, JobDefinition<unknown, unknown>>;

/** The job types and who accepts them. */
export const typesSchema = z
  .strictObject({
    types: z.array(
      z.strictObject({
        type: z.string(),
        queue: z.string().meta({ description: 'where its jobs wait unless an add says otherwise' }),
        isKnownHere: z.boolean().meta({ description: 'whether adds here are checked against its schema' }),
        schema: z
          .looseObject({})
          .nullable()
          .meta({ description: 'the JSON Schema of its data; null where nobody here can tell' }),
        workers: z
          .array(z.string())
          .meta({ description: 'the ids of the live workers that have a handler for it' }),
      }),
    ),
  })
  .meta({ id: 'JobTypes' });

/** A job type as it is shown. */
export type JobType = z.output<typeof typesSchema>['types'][number];

/** Lists the types that are known here and those that live workers have handlers for, by name and queue. */
export function listTypes(definitions: Definitions, workers: readonly WorkerInfo[]): JobType[] {
  const types = new Map<string, JobType>();
  const typeOf = (type: string, queue: string): JobType => {
    const name = JSON.stringify([type, queue]);
    const known = types.get(name) ?? { type, queue, isKnownHere: false, schema: null, workers: [] };
    types.set(name, known);
    return known;
  };
  for (const definition of definitions.values()) {
    const shown = typeOf(definition.type, definition.queue);
    Object.assign(shown, { isKnownHere: true, schema: schemaOf(definition) });
  }
  for (const { id, handlers } of workers) {
    for (const { type, queue } of handlers) typeOf(type, queue).workers.push(id);
  }
  return [...types.values()].sort(
    (one, other) => compare(one.type, other.type) || compare(one.queue, other.queue),
  );
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

const SCHEMAS = new WeakMap<object, Record<string, unknown> | null>();

/** The JSON Schema of what may be added, where the library of the schema can write one; it is somebody's own code. */
function schemaOf({ schema }: JobDefinition<unknown, unknown>): Record<string, unknown> | null {
  const known = SCHEMAS.get(schema);
  if (known !== undefined) return known;
  const written = writeSchema(schema);
  SCHEMAS.set(schema, written);
  return written;
}

function writeSchema(schema: JobDefinition<unknown, unknown>['schema']): Record<string, unknown> | null {
  try {
    if (!hasJsonSchema(schema)) return null;
    const written: unknown = JSON.parse(
      JSON.stringify(schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' })),
    );
    return isObject(written) ? written : null;
  } catch {
    // Not every schema can be said so: zod throws for a date, for example.
    return null;
  }
}

function hasJsonSchema(schema: object): schema is StandardJSONSchemaV1 {
  const standard: unknown = Reflect.get(schema, '~standard');
  return typeof standard === 'object' && standard !== null && 'jsonSchema' in standard;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

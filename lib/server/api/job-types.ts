import { z } from 'zod';
import type { Contract } from '../../inspector/inspector.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import { jsonSchemaOf } from '../../jobs/json-schema.ts';

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
        schema: z.looseObject({}).nullable().meta({
          description: 'the JSON Schema of its data; null where nobody can tell, or workers differ',
        }),
        workers: z
          .array(z.string())
          .meta({ description: 'the ids of the live workers that have a handler for it, 100 at most' }),
      }),
    ),
  })
  .meta({ id: 'JobTypes' });

/** A job type as it is shown. */
export type JobType = z.output<typeof typesSchema>['types'][number];

/** Lists the types that are known here and those that live workers have handlers for, by name and queue. */
export function listTypes(definitions: Definitions, contracts: readonly Contract[]): JobType[] {
  const types = new Map(contracts.map((contract) => [nameOf(contract), toJobType(contract)]));
  for (const { type, queue, schema } of definitions.values()) {
    const name = nameOf({ type, queue });
    const { workers } = types.get(name) ?? { workers: [] };
    types.set(name, { type, queue, isKnownHere: true, schema: jsonSchemaOf(schema), workers });
  }
  return [...types.values()].sort(
    (one, other) => compare(one.type, other.type) || compare(one.queue, other.queue),
  );
}

function nameOf({ type, queue }: { type: string; queue: string }): string {
  return JSON.stringify([type, queue]);
}

function toJobType({ type, queue, workers, schemas }: Contract): JobType {
  const [fingerprint, ...others] = new Set(workers.map((worker) => worker.fingerprint));
  const isAgreed = typeof fingerprint === 'string' && others.length === 0;
  const schema = isAgreed ? (schemas[fingerprint] ?? null) : null;
  return { type, queue, isKnownHere: false, schema, workers: workers.map(({ id }) => id) };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

import { createHash } from 'node:crypto';
import type { WorkerInfo } from '../engine/queries/presence.ts';
import type { BoundHandler } from '../jobs/define.ts';
import { type JsonSchema, jsonSchemaOf } from '../jobs/json-schema.ts';

/** What a worker tells of the types that it can run. */
export interface HandledTypes {
  handlers: WorkerInfo['handlers'];
  /** JSON Schemas by their fingerprints; those that are large are left out. */
  schemas: Readonly<Record<string, JsonSchema>>;
}

/** So many characters has a schema that is told whole, and all of a worker together. */
const LONGEST_SCHEMA = 8_192;
const LONGEST_SCHEMAS = 65_536;
const FINGERPRINT_LENGTH = 16;

/**
 * Lists the types that these handlers are for, each with a fingerprint of the JSON Schema of its data where the library
 * of the schema can write one. It does not go by the order of names: equal schemas have equal ones in all processes.
 */
export function handledTypes(handlers: readonly BoundHandler[]): HandledTypes {
  const schemas: Record<string, JsonSchema> = {};
  let room = LONGEST_SCHEMAS;
  const types = handlers.map(({ definition: { type, queue, schema: validator } }) => {
    const schema = jsonSchemaOf(validator);
    if (schema === null) return { type, queue };
    const text = inOrder(schema);
    const fingerprint = createHash('sha256').update(text).digest('hex').slice(0, FINGERPRINT_LENGTH);
    if (!(fingerprint in schemas) && text.length <= Math.min(LONGEST_SCHEMA, room)) {
      schemas[fingerprint] = schema;
      room -= text.length;
    }
    return { type, queue, fingerprint };
  });
  return { handlers: types, schemas };
}

function inOrder(schema: JsonSchema): string {
  return JSON.stringify(schema, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

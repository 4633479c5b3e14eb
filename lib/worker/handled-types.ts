import type { WorkerInfo } from '../engine/queries/presence.ts';
import type { BoundHandler } from '../jobs/define.ts';
import { type JsonSchema, jsonSchemaOf, schemaFingerprintOf } from '../jobs/json-schema.ts';

/** What a worker tells of the types that it can run. */
export interface HandledTypes {
  handlers: WorkerInfo['handlers'];
  /** JSON Schemas by their fingerprints; those that are large are left out. */
  schemas: Readonly<Record<string, JsonSchema>>;
}

/** So many characters has a schema that is told whole, and all of a worker together. */
const LONGEST_SCHEMA = 8_192;
const LONGEST_SCHEMAS = 65_536;

/**
 * Lists the types that these handlers are for, each with a fingerprint of the JSON Schema of its data where the library
 * of the schema can write one.
 */
export function handledTypes(handlers: readonly BoundHandler[]): HandledTypes {
  const schemas: Record<string, JsonSchema> = {};
  let room = LONGEST_SCHEMAS;
  const types = handlers.map(({ definition: { type, queue, schema: validator } }) => {
    const schema = jsonSchemaOf(validator);
    const fingerprint = schemaFingerprintOf(validator);
    if (schema === null || fingerprint === null) return { type, queue };
    const { length } = JSON.stringify(schema);
    if (!(fingerprint in schemas) && length <= Math.min(LONGEST_SCHEMA, room)) {
      schemas[fingerprint] = schema;
      room -= length;
    }
    return { type, queue, fingerprint };
  });
  return { handlers: types, schemas };
}

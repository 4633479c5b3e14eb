import type { StandardJSONSchemaV1 } from '@standard-schema/spec';

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const WRITTEN = new WeakMap<object, JsonSchema | null>();

/** The JSON Schema of what may be added, where the library of the schema can write one; it is somebody's own code. */
export function jsonSchemaOf(schema: object): JsonSchema | null {
  const known = WRITTEN.get(schema);
  if (known !== undefined) return known;
  const written = write(schema);
  WRITTEN.set(schema, written);
  return written;
}

function write(schema: object): JsonSchema | null {
  try {
    if (!hasJsonSchema(schema)) return null;
    const written: unknown = JSON.parse(
      JSON.stringify(schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' })),
    );
    return isJsonObject(written) ? written : null;
  } catch {
    // Not every schema can be said so: zod throws for a date, for example.
    return null;
  }
}

function hasJsonSchema(schema: object): schema is StandardJSONSchemaV1 {
  const standard: unknown = Reflect.get(schema, '~standard');
  return typeof standard === 'object' && standard !== null && 'jsonSchema' in standard;
}

function isJsonObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

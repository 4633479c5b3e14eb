import { createHash } from 'node:crypto';
import type { StandardJSONSchemaV1 } from '@standard-schema/spec';

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A JSON Schema, and by what it is known. */
interface Written {
  schema: JsonSchema;
  fingerprint: string;
}

type Writer = StandardJSONSchemaV1['~standard']['jsonSchema'];

const FINGERPRINT_LENGTH = 16;
/** By what writes it, which a schema and those that are made of it share. */
const WRITTEN = new WeakMap<Writer, Written | null>();

/** The JSON Schema of what may be added, where the library of the schema can write one; it is somebody's own code. */
export function jsonSchemaOf(schema: object): JsonSchema | null {
  return writtenOf(schema)?.schema ?? null;
}

/**
 * By what the JSON Schema of what may be added is known; null where there is none. It does not go by the order of
 * names: equal schemas have equal ones in all processes.
 */
export function schemaFingerprintOf(schema: object): string | null {
  return writtenOf(schema)?.fingerprint ?? null;
}

function writtenOf(schema: object): Written | null {
  try {
    if (!hasJsonSchema(schema)) return null;
    const { jsonSchema } = schema['~standard'];
    const known = WRITTEN.get(jsonSchema);
    if (known !== undefined) return known;
    const written = write(jsonSchema);
    WRITTEN.set(jsonSchema, written);
    return written;
  } catch {
    return null;
  }
}

function write(writer: Writer): Written | null {
  try {
    const schema: unknown = JSON.parse(JSON.stringify(writer.input({ target: 'draft-2020-12' })));
    if (!isJsonObject(schema)) return null;
    const fingerprint = createHash('sha256')
      .update(inOrder(schema))
      .digest('hex')
      .slice(0, FINGERPRINT_LENGTH);
    return { schema, fingerprint };
  } catch {
    // Not every schema can be said so: zod throws for a date, for example.
    return null;
  }
}

function inOrder(schema: JsonSchema): string {
  return JSON.stringify(schema, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

function hasJsonSchema(schema: object): schema is StandardJSONSchemaV1 {
  const standard: unknown = Reflect.get(schema, '~standard');
  return typeof standard === 'object' && standard !== null && 'jsonSchema' in standard;
}

function isJsonObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

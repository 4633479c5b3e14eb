import { MOST_SIGNAL_BYTES, type WrittenSignal } from '../engine/signals/send-signal.ts';
import { parseData } from './check-data.ts';
import { writeData } from './given-data.ts';
import { isSchema, type OfSignals } from './signals.ts';

/**
 * Writes the data of a signal out, as they will be stored. Throws JOB_INVALID for what JSON cannot hold, DATA_TOO_LARGE
 * for more than 65,536 bytes.
 */
export function writeSignal(name: string, data: unknown): WrittenSignal & { value: unknown } {
  const { json, value } = writeData(`signal ${name}`, data ?? null, MOST_SIGNAL_BYTES);
  return { name, json: json.text, value };
}

/**
 * Checks the data of a signal by the definition of its job, where that says what they are; a promise where the schema
 * needs one. Throws JOB_INVALID that names each wrong field.
 */
export function parseSignal({ type, signals }: OfSignals, name: string, data: unknown): unknown {
  const isNamed = typeof signals === 'object' && signals !== null && Object.hasOwn(signals, name);
  const schema: unknown = isNamed ? Reflect.get(signals, name) : undefined;
  return isSchema(schema) ? parseData({ type: `signal ${name} of ${type}`, schema }, data) : data;
}

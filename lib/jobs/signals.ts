import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ApiaryError } from '../errors.ts';
import { isName, NAME_RULE, requireName } from '../names.ts';
import type { JobDefinition } from './definition.ts';

/** What the data of signals are, by their names. */
export type SignalSchemas = Readonly<Record<string, StandardSchemaV1>>;

/** What may be the name of a signal: one of those that the definition names, and any where it names none. */
export type SignalName<Signals> = [keyof Signals] extends [never] ? string : keyof Signals & string;

/** What the handler gets as the data of a signal, by the definition; of others nothing is known. */
export type SignalData<Signals, Name> = [keyof Signals] extends [never]
  ? unknown
  : Name extends keyof Signals
    ? Signals[Name] extends StandardSchemaV1<infer _Input, infer Data>
      ? Data
      : unknown
    : unknown;

/** What is given as the data of a signal, likewise. */
export type SignalInput<Signals, Name> = [keyof Signals] extends [never]
  ? unknown
  : Name extends keyof Signals
    ? Signals[Name] extends StandardSchemaV1<infer Input>
      ? Input
      : unknown
    : unknown;

/** What a wait for a signal came to: its data and when it came (epoch ms), or that the time was over. */
export type WaitedSignal<Data = unknown> =
  | { readonly timedOut: false; readonly data: Data; readonly at: number }
  | { readonly timedOut: true; readonly data: null; readonly at: null };

/** How a signal is waited for. */
export interface SignalWaitOptions {
  /** For how long at most, in ms from 1 to a century, counted from the first attempt that waits for it. */
  timeoutMs: number;
}

/** Which signals a type waits for. */
export type OfSignals = Pick<JobDefinition<never, unknown>, 'type'> & { readonly signals?: unknown };

/** Throws JOB_INVALID unless what a definition says of signals are schemas, by names that signals may have. */
export function requireSignals(type: string, signals: unknown): void {
  const isMap = typeof signals === 'object' && signals !== null && !Array.isArray(signals);
  const names = isMap ? Object.keys(signals) : [];
  if (isMap && names.every((name) => isName(name) && isSchema(Reflect.get(signals, name)))) return;
  const rule = `Standard Schemas by the names of signals, each ${NAME_RULE}`;
  throw new ApiaryError('JOB_INVALID', `job type ${type}: signals must be an object of ${rule}`);
}

/** Throws JOB_INVALID for what cannot be the name of a signal, or is none of those that the definition names. */
export function requireSignalName({ type, signals }: OfSignals, name: unknown): asserts name is string {
  requireName('signal', name);
  if (typeof signals !== 'object' || signals === null || Object.hasOwn(signals, name)) return;
  const known = Object.keys(signals).join(', ') || 'none';
  const message = `signal ${name} is none of those that jobs of type ${type} wait for: ${known}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'signal', message }] });
}

/** Whether a value is a Standard Schema. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  if (typeof value !== 'object' && typeof value !== 'function') return false;
  const standard: unknown = value === null ? null : Reflect.get(value, '~standard');
  return (
    typeof standard === 'object' &&
    standard !== null &&
    typeof Reflect.get(standard, 'validate') === 'function'
  );
}

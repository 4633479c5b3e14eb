import { randomBytes } from 'node:crypto';
import { ApiaryError } from '../../errors.ts';
import { requireName } from '../../names.ts';
import type { JobState, QueueKeys } from '../keys.ts';
import { requireDataSize } from '../record/data-size.ts';
import { toJson } from '../record/new-job.ts';
import { type Sealing, sealJson, sealOf, signalPlace } from '../record/private.ts';
import { type JobRecord, parseRecord, unreadableRecord } from '../record/record.ts';
import { birthOf } from '../record/waits.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { readState } from '../store/states.ts';
import { MOST_SIGNALS, MOST_SIGNALS_BYTES } from './kept-signals.ts';

/** What giving a job a signal works with: a queue. */
export interface SignalDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/**
 * What became of a signal, where `created` is false if the job has one of that name, which stays; or in which state the
 * job is, that cannot have one.
 */
export type SignalResult = { done: true; created: boolean } | { done: false; state: JobState | null };

/** How long the data of one may be, as JSON in bytes. */
export const MOST_SIGNAL_BYTES = 65_536;

/** How often it is tried again when the job was replaced by another of its id in between. */
const TRIES = 5;

/** A signal that is to be given, its data as JSON. */
export interface WrittenSignal {
  name: string;
  json: string;
}

/** Writes a signal out. Throws JOB_INVALID for what cannot be its name or its data, DATA_TOO_LARGE. */
export function writtenSignal(name: string, data: unknown): WrittenSignal {
  requireName('signal', name);
  const json = toJson(data ?? null);
  requireDataSize(`signal ${name}`, json, MOST_SIGNAL_BYTES);
  return { name, json };
}

/**
 * Gives a job that has not ended a signal: one that waits for it is due at once, any other keeps it
 * until it does. Throws JOB_STATE_FORBIDS for a job that waits in a group, or has as many as may be; DATA_TOO_LARGE
 * where they would be too long together; ENCRYPTION_KEY_MISSING for an encrypted job where no keys are.
 */
export async function sendSignal(
  { client, keys }: SignalDeps,
  id: string,
  { name, json }: WrittenSignal,
): Promise<SignalResult> {
  const token = randomBytes(6).toString('base64url');
  for (let tried = 0; tried < TRIES; tried++) {
    const raw = await client.hget(keys.jobs, id);
    if (raw === null) return { done: false, state: null };
    const record = parseRecord(raw) ?? unreadableRecord(raw, -1);
    const data = sealed(keys, { id, record }, { name, json });
    const limits = { mostNames: MOST_SIGNALS, mostBytes: MOST_SIGNALS_BYTES };
    const args = { id, name, born: birthOf(record.options), token, data, ...limits };
    const reply = await runScript(client, { script: 'signal', queue: keys, args });
    if (reply === 'created' || reply === 'known') return { done: true, created: reply === 'created' };
    if (reply === 'none') return { done: false, state: null };
    if (reply === 'ended') break;
    if (reply !== 'changed') throw REFUSALS[reply](id);
  }
  return { done: false, state: await readState(client, keys, id) };
}

function sealed(
  sealing: Sealing,
  { id, record }: { id: string; record: JobRecord },
  { name, json }: WrittenSignal,
): string {
  if (!record.options.encrypted) return json;
  return sealJson(sealOf(sealing, id), signalPlace(name), json) ?? json;
}

const REFUSALS = {
  grouped: (id: string) => {
    const message = `job ${id} waits in a group, in which it will be run with others: it cannot have a signal`;
    return new ApiaryError('JOB_STATE_FORBIDS', message);
  },
  many: (id: string) =>
    new ApiaryError('JOB_STATE_FORBIDS', `job ${id} has ${MOST_SIGNALS} signals, and cannot have another`),
  long: (id: string) => {
    const message = `the signals of job ${id} would have more than ${MOST_SIGNALS_BYTES} bytes together`;
    return new ApiaryError('DATA_TOO_LARGE', message, { problems: [{ path: 'data', message }] });
  },
} as const;

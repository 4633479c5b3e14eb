import { ApiaryError } from '../../errors.ts';
import { isSealed, type Keyring, noKeyring } from '../../keyring.ts';
import { readOwn } from '../own-json.ts';
import {
  type JobRecord,
  type StoredError,
  type StoredLogLine,
  type StoredOnce,
  type StoredOptions,
  toRecord,
} from './record.ts';

/** Where a job is, and the keys by which what is private of it is sealed; null where none were given. */
export interface Sealing {
  readonly queue: string;
  readonly keyring: Keyring | null;
}

/** What of a job is sealed by itself: no text of one place opens in another. */
export type PrivatePlace =
  | 'data'
  | 'progress'
  | 'result'
  | 'headers'
  | 'once'
  | 'previous'
  | 'error'
  | 'cause'
  | 'stack'
  | 'log'
  | SignalPlace;

/** Where the data of a signal stand: those of one open under no other name. */
export type SignalPlace = `signal:${string}`;

/** The place of the data of a signal. */
export function signalPlace(name: string): SignalPlace {
  return `signal:${name}`;
}

/** Seals and opens what is private of one job. */
export interface JobSeal {
  seal(place: PrivatePlace, clear: string): string;
  /** Throws ENCRYPTION_KEY_MISSING or RECORD_TAMPERED. */
  open(place: PrivatePlace, sealed: string): string;
}

/** What stands for what cannot be read here. */
export const CLOSED_TEXT = '(encrypted)';

/** Makes the seal of a job. Throws ENCRYPTION_KEY_MISSING where no keys were given. */
export function sealOf({ queue, keyring }: Sealing, id: string): JobSeal {
  if (keyring === null) throw noKeyring(`job ${id} of queue ${queue} is encrypted`);
  return new KeyringSeal(keyring, queue, id);
}

/** Not of functions: those would be made for each job. */
class KeyringSeal implements JobSeal {
  readonly #keyring: Keyring;
  readonly #queue: string;
  readonly #id: string;

  constructor(keyring: Keyring, queue: string, id: string) {
    this.#keyring = keyring;
    this.#queue = queue;
    this.#id = id;
  }

  seal(place: PrivatePlace, clear: string): string {
    return this.#keyring.seal(clear, addressOf(this.#queue, this.#id, place));
  }

  open(place: PrivatePlace, sealed: string): string {
    try {
      return this.#keyring.open(sealed, addressOf(this.#queue, this.#id, place));
    } catch (error) {
      const before = OUT_OF_CARRIER.exec(this.#id)?.[1];
      if (before === undefined) throw error;
      return this.#keyring.open(sealed, addressOf(this.#queue, before, place));
    }
  }
}

/** Seals and opens what a step of a workflow returned, for the steps that read it. */
export function sealOfStep(
  { keyring }: Pick<Sealing, 'keyring'>,
  { queue, id, step }: { queue: string; id: string; step: string },
): JobSeal {
  return sealOf({ queue, keyring }, `\u0000workflow:${id}:${step}`);
}

/** Seals a value, as it is written in JSON; undefined where there is none. */
export function sealJson(seal: JobSeal, place: PrivatePlace, json: string | undefined): string | undefined {
  return json === undefined ? undefined : `"${seal.seal(place, json)}"`;
}

/** A record as it may be stored, made of one that was opened; its data stays, as it is written from its text. */
export function sealRecord(seal: JobSeal, record: JobRecord): JobRecord {
  const { progress, options } = record;
  const isNew = progress === 0 || progress === undefined;
  return {
    ...record,
    options: sealOptions(seal, options),
    ...(!isNew && { progress: seal.seal('progress', JSON.stringify(progress)) }),
  };
}

/** Seals what is private in options. What Redis goes by stays as it is, in its order. */
export function sealOptions(seal: JobSeal, options: StoredOptions): StoredOptions {
  const { headers, result, errors, stacktraces, logs, once, links, ...open } = options;
  const { previous, ...otherLinks } = links ?? {};
  const sealed = {
    ...(headers && { headers: seal.seal('headers', JSON.stringify(headers)) }),
    ...(once && { once: seal.seal('once', JSON.stringify(once)) }),
    ...(previous !== undefined && { previous: seal.seal('previous', JSON.stringify(previous)) }),
  };
  return {
    ...open,
    ...(result !== undefined && { result: seal.seal('result', JSON.stringify(result)) }),
    ...(Array.isArray(errors) && { errors: errors.map((error) => sealError(seal, error)) }),
    ...(Array.isArray(stacktraces) && {
      stacktraces: stacktraces.map((stack) => seal.seal('stack', String(stack))),
    }),
    ...(Array.isArray(logs) && {
      logs: logs.map((line) => withMessage(line, seal.seal('log', line.message))),
    }),
    ...(links && { links: otherLinks }),
    ...(Object.keys(sealed).length > 0 && { sealed }),
  };
}

/**
 * Opens a record that was read, in place and as a whole. Throws ENCRYPTION_KEY_MISSING or RECORD_TAMPERED, and changes
 * nothing then. What was written beside it by who has no keys, such as who has archived the job, is no secret.
 */
export function openRecord(seal: JobSeal, record: JobRecord): void {
  const { options, data, progress } = record;
  const isCarrier = options.group?.size !== undefined;
  const isClosed = isSealed(data);
  if (!isClosed && !isCarrier) throw inTheClear();
  const openedData: unknown = isClosed ? openJson(seal, 'data', data) : data;
  const openedProgress: unknown = isSealed(progress) ? openJson(seal, 'progress', progress) : progress;
  // Of most jobs nothing has come yet when they are opened.
  const openedOptions = hasPrivate(options) ? openOptions(seal, options) : null;
  record.data = openedData;
  record.progress = openedProgress;
  if (openedOptions === null) return;
  if (options.sealed !== undefined) delete options.sealed;
  Object.assign(options, openedOptions);
}

/** By their names, and not in a loop: this is asked of each job that is taken. */
function hasPrivate({ sealed, result, errors, stacktraces, logs }: StoredOptions): boolean {
  const ofEnds = result !== undefined || errors !== undefined || stacktraces !== undefined;
  return ofEnds || sealed !== undefined || logs !== undefined;
}

/** Opens the text of the data of a job, as it was written. */
export function openDataText(seal: JobSeal, data: unknown): string {
  if (!isSealed(data)) throw inTheClear();
  return seal.open('data', data);
}

/** Opens the data of a signal that an encrypted job was given. */
export function openSignal(seal: JobSeal, name: string, stored: unknown): unknown {
  if (!isSealed(stored)) throw inTheClear();
  return openJson(seal, signalPlace(name), stored);
}

/** What there may be to say of a job that may be encrypted. */
export const PRIVACIES = ['no', 'opened', 'closed', 'tampered'] as const;

/** How much of an encrypted job is shown: all, or nothing as the keys are not here or it was tampered with. */
export type Privacy = (typeof PRIVACIES)[number];

/** Opens a record for who looks at it, in place; where that cannot be, what is private is hidden. Never throws. */
export function showRecord(sealing: Sealing, id: string, record: JobRecord): Privacy {
  if (record.options.encrypted !== true) return 'no';
  try {
    openRecord(sealOf(sealing, id), record);
    showMembers(sealing, record);
    return 'opened';
  } catch (error) {
    hide(record);
    return error instanceof ApiaryError && error.code === 'RECORD_TAMPERED' ? 'tampered' : 'closed';
  }
}

/** The jobs in a carrier are sealed each by itself. */
function showMembers(sealing: Sealing, { data, options }: JobRecord): void {
  if (options.group?.size === undefined || !Array.isArray(data)) return;
  const members: unknown[] = data;
  for (const member of members) {
    if (typeof member !== 'object' || member === null || !('id' in member) || !('job' in member)) continue;
    const record = toRecord(member.job);
    if (typeof member.id === 'string' && record) showRecord(sealing, member.id, record);
  }
}

function hide(record: JobRecord): void {
  const { options } = record;
  record.data = CLOSED_TEXT;
  if (isSealed(record.progress)) record.progress = CLOSED_TEXT;
  if (options.result !== undefined) options.result = CLOSED_TEXT;
  delete options.sealed;
  if (Array.isArray(options.errors))
    options.errors = options.errors.map((error) => ({
      ...withMessage(error, hidden(error.message)),
      ...(error.causes && { causes: error.causes.map((one) => withMessage(one, hidden(one.message))) }),
    }));
  if (Array.isArray(options.stacktraces)) options.stacktraces = options.stacktraces.map(hidden);
  if (Array.isArray(options.logs))
    options.logs = options.logs.map((line) => withMessage(line, hidden(line.message)));
}

function hidden(text: string): string {
  return isSealed(text) ? CLOSED_TEXT : text;
}

function openOptions(seal: JobSeal, options: StoredOptions): Partial<StoredOptions> {
  const { sealed, result, errors, stacktraces, logs, links } = options;
  const text = (place: PrivatePlace, stored: string): string =>
    isSealed(stored) ? seal.open(place, stored) : stored;
  const openError = (error: StoredError): StoredError => ({
    ...withMessage(error, text('error', error.message)),
    ...(error.causes && {
      causes: error.causes.map((one) => withMessage(one, text('cause', one.message))),
    }),
  });
  return {
    ...(sealed?.headers && {
      headers: readOwn<Record<string, string>>(seal.open('headers', sealed.headers)),
    }),
    ...(sealed?.once && { once: readOwn<Record<string, StoredOnce>>(seal.open('once', sealed.once)) }),
    ...(sealed?.previous && { links: { ...links, previous: openJson(seal, 'previous', sealed.previous) } }),
    ...(result !== undefined && { result: isSealed(result) ? openJson(seal, 'result', result) : result }),
    ...(Array.isArray(errors) && { errors: errors.map(openError) }),
    ...(Array.isArray(stacktraces) && { stacktraces: stacktraces.map((stack) => text('stack', stack)) }),
    ...(Array.isArray(logs) && { logs: logs.map((line) => withMessage(line, text('log', line.message))) }),
  };
}

function sealError(seal: JobSeal, error: StoredError): StoredError {
  const { causes } = error;
  return {
    ...withMessage(error, seal.seal('error', String(error.message))),
    ...(causes && { causes: causes.map((one) => withMessage(one, seal.seal('cause', one.message))) }),
  };
}

function withMessage<One extends StoredError | StoredLogLine | { message: string }>(
  one: One,
  message: string,
): One {
  return { ...one, message };
}

function openJson(seal: JobSeal, place: PrivatePlace, sealed: string): unknown {
  return readOwn<unknown>(seal.open(place, sealed));
}

/** One that became failed by itself out of a carrier, while its id was taken, is kept under `<carrier>.<id>`. */
const OUT_OF_CARRIER = /^[0-9a-z]{20}(?:-\d+)?\.(.+)$/s;

/** With their lengths, so that no two places are spelled alike. */
function addressOf(queue: string, id: string, place: PrivatePlace): string {
  return `${queue.length}:${queue}:${id.length}:${id}:${place}`;
}

/** Says of what is stored that it is not what was sealed there. */
export function tamperedWith(cause: unknown): ApiaryError {
  return new ApiaryError('RECORD_TAMPERED', 'what is stored is not as it was encrypted', { cause });
}

function inTheClear(): ApiaryError {
  const message = 'it is to be encrypted, and its data is stored in the clear: somebody has written it there';
  return new ApiaryError('RECORD_TAMPERED', message);
}

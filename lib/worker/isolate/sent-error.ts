import { isErrorLike } from '../../error-facts.ts';
import {
  ApiaryError,
  AwaitsSignal,
  coerceError,
  DiscardJob,
  ERROR_CODES,
  type ErrorCode,
  type FieldProblem,
  RetryAfter,
  RetryLater,
} from '../../errors.ts';

/** An error as it goes from one thread or process to another: a structured clone would leave most of it behind. */
export interface SentError {
  /** What it means to the worker. */
  kind: 'discard' | 'retry-later' | 'retry-after' | 'awaits' | 'apiary' | 'other';
  name: string;
  message: string;
  stack: string | null;
  /** Its cause, and its parts where it has some. */
  cause: SentError | string | null;
  parts: SentError[];
  /** What else stands on it in plain values, such as `code` and `status`. */
  fields: Record<string, string | number | boolean>;
  delayMs: number;
  holds: RetryLater['holds'];
  problems: FieldProblem[];
}

/** So deep are causes followed, so many parts and fields sent, and so many characters of a text. */
const MOST_DEPTH = 5;
const MOST_PARTS = 5;
const MOST_FIELDS = 20;
const MOST_CHARACTERS = 100_000;

/** Makes whatever was thrown ready to be sent. Never throws. */
export function packError(thrown: unknown, depth = 0): SentError {
  try {
    return pack(coerceError(thrown), depth);
  } catch {
    return pack(new Error('an error was thrown that cannot be read'), MOST_DEPTH);
  }
}

/** Makes the error again that was sent. */
export function unpackError(sent: SentError): Error {
  const error = remade(sent);
  const own = { configurable: true, writable: true };
  if (error.name !== sent.name) Object.defineProperty(error, 'name', { ...own, value: sent.name });
  if (sent.stack !== null) Object.defineProperty(error, 'stack', { ...own, value: sent.stack });
  const cause = typeof sent.cause === 'string' ? sent.cause : sent.cause && unpackError(sent.cause);
  if (cause !== null) Object.defineProperty(error, 'cause', { ...own, value: cause });
  if (sent.parts.length > 0)
    Object.defineProperty(error, 'errors', { ...own, value: sent.parts.map(unpackError) });
  for (const [name, value] of Object.entries(sent.fields))
    Object.defineProperty(error, name, { ...own, enumerable: true, value });
  return error;
}

function pack(error: Error, depth: number): SentError {
  const { name, message, stack, cause } = error;
  const isDeep = depth >= MOST_DEPTH;
  const further = !isDeep && isErrorLike(cause) ? packError(cause, depth + 1) : null;
  const asks = error instanceof RetryLater || error instanceof RetryAfter ? error : null;
  const { delayMs, holds } = asks ?? { delayMs: 0, holds: null };
  return {
    kind: kindOf(error),
    name,
    message: message.slice(0, MOST_CHARACTERS),
    stack: stack?.slice(0, MOST_CHARACTERS) ?? null,
    cause: typeof cause === 'string' ? cause.slice(0, MOST_CHARACTERS) : further,
    parts: depth === 0 ? partsOf(error) : [],
    fields: plainFieldsOf(error),
    delayMs: Number.isFinite(delayMs) && delayMs >= 0 ? delayMs : 0,
    holds: holds === 'queue' || holds === 'key' ? holds : null,
    problems:
      error instanceof ApiaryError
        ? error.problems.map(({ path, message: why }) => ({ path, message: why }))
        : [],
  };
}

function kindOf(error: Error): SentError['kind'] {
  if (error instanceof DiscardJob) return 'discard';
  if (error instanceof RetryLater) return 'retry-later';
  if (error instanceof RetryAfter) return 'retry-after';
  if (error instanceof AwaitsSignal) return 'awaits';
  return error instanceof ApiaryError && isErrorCode(error.code) ? 'apiary' : 'other';
}

function partsOf(error: Error): SentError[] {
  const parts: unknown = Reflect.get(error, 'errors');
  return Array.isArray(parts) ? parts.slice(0, MOST_PARTS).map((part) => packError(part, 1)) : [];
}

/** What has a getter is left out: it may do anything. */
function plainFieldsOf(error: Error): SentError['fields'] {
  const fields: SentError['fields'] = {};
  for (const name of Object.keys(error).slice(0, MOST_FIELDS)) {
    if (name === 'name' || name === '__proto__') continue;
    const value: unknown = Object.getOwnPropertyDescriptor(error, name)?.value;
    if (typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
    if (typeof value === 'string') fields[name] = value.slice(0, MOST_CHARACTERS);
  }
  return fields;
}

function remade({ kind, message, delayMs, holds, problems, fields }: SentError): Error {
  const options = holds === null ? {} : { holds };
  switch (kind) {
    case 'discard':
      return new DiscardJob(message);
    case 'retry-later':
      return new RetryLater(delayMs, message, options);
    case 'retry-after':
      return new RetryAfter(message, delayMs, options);
    case 'awaits':
      return new AwaitsSignal(message);
    case 'apiary':
      return isErrorCode(fields['code'])
        ? new ApiaryError(fields['code'], message, { problems })
        : new Error(message);
    case 'other':
      return new Error(message);
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}

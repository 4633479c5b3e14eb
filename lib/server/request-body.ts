import express, { type RequestHandler, type Response } from 'express';
import { ApiaryError, coerceError } from '../errors.ts';
import { inexactNumbers, inexactRefusal } from './exact-numbers.ts';
import { httpProblem, sendProblem, toProblem } from './problem.ts';

/** The media type of a body that is one JSON text. */
export const JSON_TYPE = 'application/json';
/** The media types of a body that is one JSON text per line; neither is registered, and both are in use. */
export const NDJSON_TYPES: readonly string[] = ['application/x-ndjson', 'application/ndjson'];

const BODY_LIMIT_BYTES = 1024 * 1024;
const BYTES_REFUSALS: Readonly<Record<number, string>> = {
  413: 'the body is longer than 1 MiB',
  415: 'the content encoding is not known',
};
const readBytes: RequestHandler = express.raw({ limit: BODY_LIMIT_BYTES, type: () => true });

/**
 * Refuses a body of any other type with 415. A form, or text, is what a foreign web page can make a browser send
 * without asking, so a call that takes no body refuses those as well.
 */
export function requireMediaType(
  accepted: readonly string[],
  { isRequired }: { isRequired: boolean },
): RequestHandler {
  return (request, response, next) => {
    const contentType = request.headers['content-type'];
    if (contentType === undefined && !isRequired) return next();
    const { mediaType, charset } = readContentType(contentType ?? '');
    if (!accepted.includes(mediaType)) {
      return sendProblem(response, httpProblem(415, `the body must be ${accepted.join(' or ')}`));
    }
    if (charset !== 'utf-8') return sendProblem(response, httpProblem(415, 'the charset must be utf-8'));
    next();
  };
}

/**
 * Reads a JSON body of up to 1 MiB into `request.body`; NDJSON as `{jobs: […]}`, a line that is no JSON standing in
 * it as the error that says so. Answers 400 what is no JSON, 413 what is too long and 422 what has a number in it that
 * reading would change.
 */
export const readJsonBody: RequestHandler = (request, response, next) => {
  readBytes(request, response, (error: unknown) => {
    if (error !== undefined) return refuseBytes(response, error);
    const { mediaType } = readContentType(request.headers['content-type'] ?? '');
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      const text = decode(bytes);
      request.body = NDJSON_TYPES.includes(mediaType) ? { jobs: parseLines(text) } : parseExact(text);
    } catch (error) {
      if (error instanceof ApiaryError) return sendProblem(response, toProblem(error));
      return sendProblem(response, httpProblem(400, `the body is not JSON: ${coerceError(error).message}`));
    }
    next();
  });
};

function readContentType(header: string): { mediaType: string; charset: string } {
  const mediaType = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(header)?.[1]?.toLowerCase() ?? 'utf-8';
  return { mediaType, charset };
}

function refuseBytes(response: Response, error: unknown): void {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 400;
  const detail = BYTES_REFUSALS[status];
  sendProblem(
    response,
    detail === undefined
      ? httpProblem(400, 'the body cannot be read to its end')
      : httpProblem(status, detail),
  );
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8', { cause });
  }
}

function parseLines(text: string): unknown[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    try {
      const value = parseText(line);
      const inexact = inexactNumbers(line);
      return [inexact.length > 0 ? inexactRefusal(inexact) : value];
    } catch (error) {
      return [new ApiaryError('JOB_INVALID', `line ${at + 1} is not JSON: ${coerceError(error).message}`)];
    }
  });
}

/** Throws JOB_INVALID for a number that would be changed; in an entry of `jobs` that stands in the place of the entry. */
function parseExact(text: string): unknown {
  const value = parseText(text);
  const inexact = inexactNumbers(text);
  if (inexact.length === 0) return value;
  const entries = entriesOf(value);
  if (!entries || inexact.some(({ path: [first, at] }) => first !== 'jobs' || typeof at !== 'number'))
    throw inexactRefusal(inexact);
  for (const at of new Set(inexact.map(({ path }) => Number(path[1])))) {
    const own = inexact.filter(({ path }) => path[1] === at);
    entries[at] = inexactRefusal(own, 2);
  }
  return value;
}

function entriesOf(body: unknown): unknown[] | null {
  const isObject = typeof body === 'object' && body !== null && 'jobs' in body;
  return isObject && Array.isArray(body.jobs) ? body.jobs : null;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(describeParserError(coerceError(cause).message), { cause });
  }
}

/** Keeps what the parser says of the place and the reason; where it quotes the text, the quotation is left out. */
function describeParserError(message: string): string {
  if (message.startsWith('Unexpected end of JSON input')) return 'it ends too early';
  const [placed] = /^[^"\n]{1,80} at position \d+( \(line \d+ column \d+\))?/.exec(message) ?? [];
  return placed ?? 'it has a character that cannot stand where it is';
}

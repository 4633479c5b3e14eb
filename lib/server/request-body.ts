import express, { type RequestHandler, type Response } from 'express';
import { ApiaryError, coerceError } from '../errors.ts';
import { inexactNumbers, inexactRefusal } from '../exact-numbers.ts';
import { BodyRefusal, linesOf } from './body-lines.ts';
import { httpProblem, sendProblem, toProblem } from './problem.ts';

/** The media type of a body that is one JSON text. */
export const JSON_TYPE = 'application/json';
/** The media types of a body that is one JSON text per line; neither is registered, and both are in use. */
export const NDJSON_TYPES: readonly string[] = ['application/x-ndjson', 'application/ndjson'];

/** How long a body may be, and how that is said. */
interface BodyLimit {
  readonly bytes: number;
  readonly text: string;
}

/** Made once: making one costs more than reading a small body by it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const ONE: BodyLimit = { bytes: 1024 * 1024, text: '1 MiB' };
const MANY: BodyLimit = { bytes: 16 * 1024 * 1024, text: '16 MiB' };

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
 * Reads a JSON body of up to 1 MiB into `request.body`. Answers 400 what is no JSON, 413 what is too long and 422 what
 * has a number in it that reading would change.
 */
export const readJsonBody: RequestHandler = jsonReader(ONE);

/** Does the same with a JSON body of up to 16 MiB. */
export const readLongJson: RequestHandler = jsonReader(MANY);

/**
 * Makes what reads a body of up to 16 MiB into `request.body`: JSON as above, or NDJSON, line by line as it comes, as
 * `{jobs: […]}`, a line that is no JSON standing in it as the error that says so. It reads no further than one line
 * more than there may be.
 */
export function batchReader(mostLines: number): RequestHandler {
  const readJson = jsonReader(MANY);
  return async (request, response, next) => {
    if (!NDJSON_TYPES.includes(readContentType(request.headers['content-type'] ?? '').mediaType))
      return readJson(request, response, next);
    try {
      request.body = { jobs: await readLines(linesOf(request, MANY.bytes), mostLines) };
    } catch (error) {
      return refuseBytes(response, error, MANY);
    }
    next();
  };
}

function jsonReader(limit: BodyLimit): RequestHandler {
  const readBytes: RequestHandler = express.raw({ limit: limit.bytes, type: () => true });
  return (request, response, next) => {
    readBytes(request, response, (error: unknown) => {
      if (error !== undefined) return refuseBytes(response, error, limit);
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      try {
        request.body = parseExact(decode(bytes));
      } catch (thrown) {
        if (thrown instanceof ApiaryError) return sendProblem(response, toProblem(thrown));
        return sendProblem(
          response,
          httpProblem(400, `the body is not JSON: ${coerceError(thrown).message}`),
        );
      }
      next();
    });
  };
}

async function readLines(lines: AsyncIterable<string>, most: number): Promise<unknown[]> {
  const jobs: unknown[] = [];
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() !== '') jobs.push(parseLine(line, number));
    if (jobs.length > most) break;
  }
  return jobs;
}

function readContentType(header: string): { mediaType: string; charset: string } {
  const mediaType = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(header)?.[1]?.toLowerCase() ?? 'utf-8';
  return { mediaType, charset };
}

function refuseBytes(response: Response, error: unknown, { text }: BodyLimit): void {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 400;
  const details: Readonly<Record<number, string>> = {
    413: `the body is longer than ${text}`,
    415: 'the content encoding is not known',
  };
  const detail =
    details[status] ?? (error instanceof BodyRefusal ? error.message : 'the body cannot be read to its end');
  sendProblem(response, httpProblem(status in details ? status : 400, detail));
}

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8', { cause });
  }
}

function parseLine(line: string, number: number): unknown {
  try {
    const value = parseText(line);
    const inexact = inexactNumbers(line);
    return inexact.length > 0 ? inexactRefusal(inexact) : value;
  } catch (error) {
    return new ApiaryError('JOB_INVALID', `line ${number} is not JSON: ${coerceError(error).message}`);
  }
}

/**
 * Throws JOB_INVALID for a number that would be changed; in an entry of `jobs` that stands in the place of the entry.
 */
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

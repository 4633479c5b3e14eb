import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

/** How much of a response body is read before the connection is dropped; nothing of it is kept. */
const MAX_RESPONSE_BYTES = 65_536;

/** One request to send, complete. */
export interface OutgoingRequest {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

/**
 * What bounds a request: it ends when `signal` aborts, and fails once `timeoutMs` have passed without a whole answer.
 */
export interface RequestBounds {
  signal: AbortSignal;
  timeoutMs: number;
  /** Resolves the host; default: the resolver of the machine. */
  lookup?: LookupFunction;
}

/** What the other side answered, as far as it matters here. */
export interface ReceivedAnswer {
  status: number;
  retryAfter: string | undefined;
}

/**
 * Sends one HTTP request on a connection of its own and waits for the whole answer, or its first 64 KiB.
 * Follows no redirect and switches to no other protocol: a 101 is an answer as any other. When the promise settles,
 * the connection is gone. Rejects with the network's error, which has a `code`, when there is no answer; a request out
 * of time has the code ETIMEDOUT, an aborted one rejects with the reason of its signal.
 */
export async function sendRequest(outgoing: OutgoingRequest, bounds: RequestBounds): Promise<ReceivedAnswer> {
  const { signal, timeoutMs, lookup } = bounds;
  const { url, method, headers, body } = outgoing;
  signal.throwIfAborted();
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = open(url, { method, headers, agent: false, ...(lookup && { lookup }) });
  const ended = new AbortController();
  try {
    // The bound settles by itself: what a request tells of its end depends on the state it was in, and may be nothing.
    return await Promise.race([exchange(request, body), outOfBounds(signal, timeoutMs, ended.signal)]);
  } finally {
    ended.abort();
    request.destroy();
  }
}

/** Rejects when the signal aborts or the time is over; after `ended` never. */
function outOfBounds(signal: AbortSignal, timeoutMs: number, ended: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(outOfTime(timeoutMs)), timeoutMs);
    ended.addEventListener('abort', () => clearTimeout(timer), { once: true });
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: ended });
  });
}

function exchange(request: ClientRequest, body: Buffer | null): Promise<ReceivedAnswer> {
  return new Promise((resolve, reject) => {
    // Listens to the end: when a request is destroyed amid the body, its own error comes before the response's.
    request.on('error', reject);
    request.once('response', (response) => {
      drain(response).then(() => resolve(answerOf(response)), reject);
    });
    // With a listener the connection is handed over, to be ended here; without one the request would end in silence.
    request.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve(answerOf(response));
    });
    request.end(body ?? undefined);
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): ReceivedAnswer {
  return { status: statusCode, retryAfter: headers['retry-after'] };
}

async function drain(response: IncomingMessage): Promise<void> {
  let received = 0;
  for await (const chunk of response) {
    received += Buffer.byteLength(chunk);
    // Leaving the loop destroys the response and its connection.
    if (received >= MAX_RESPONSE_BYTES) return;
  }
}

function outOfTime(timeoutMs: number): Error {
  return Object.assign(new Error(`no complete answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}

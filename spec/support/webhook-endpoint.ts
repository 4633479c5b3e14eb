import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createWebhookHandler, type WebhookOptions } from '../../lib/handlers/webhook.ts';
import { runJob } from '../../lib/testing/index.ts';

/** What came in one request. */
export interface ReceivedRequest {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A real HTTP server on loopback that keeps what it receives and answers as told; 200 with a short body at first. */
export interface Endpoint {
  readonly server: Server;
  readonly origin: string;
  readonly received: readonly ReceivedRequest[];
  /** What is done with the response once a request has come whole. */
  respond: (response: ServerResponse) => void;
  /** Answers with this status and these headers from now on. */
  answerWith(status: number, headers?: Record<string, string>): void;
  /** The one request that came; throws when there were none or several. */
  only(): ReceivedRequest;
  close(): Promise<void>;
}

/** How a spec runs one attempt; by default unsigned, private targets allowed, never aborted. */
export interface AttemptOptions extends Partial<WebhookOptions> {
  id?: string;
  signal?: AbortSignal;
}

/** Starts an endpoint on a free port. */
export async function openEndpoint(): Promise<Endpoint> {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method, url: path, headers } = request;
    received.push({ method, path, headers, body: await text(request) });
    endpoint.respond(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint: Endpoint = {
    server,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    respond: (response) => response.end('thanks'),
    answerWith: (status, headers = {}) => {
      endpoint.respond = (response) => response.writeHead(status, headers).end();
    },
    only: () => requireOne(received),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return endpoint;
}

/** Runs one attempt of a webhook job; resolves with its result, rejects with the error that it fails with. */
export async function attempt(data: unknown, options: AttemptOptions = {}): Promise<unknown> {
  const { id = 'job-1', signal, ...webhook } = options;
  const handler = createWebhookHandler({ secret: null, allowPrivate: true, ...webhook });
  const ran = await runJob(handler, data, { id, maxDataBytes: 2 ** 26, ...(signal && { signal }) });
  const [error] = ran.errors;
  if (error) throw error;
  return ran.result;
}

/** The error an attempt fails with; throws when it does not fail. */
export async function failureOf(delivery: Promise<unknown>): Promise<Error & { code?: string }> {
  const error = await delivery.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('the attempt did not fail with an error');
  return error;
}

function requireOne(received: readonly ReceivedRequest[]): ReceivedRequest {
  const [first, ...others] = received;
  if (first === undefined || others.length > 0) throw new Error(`${received.length} requests came, not one`);
  return first;
}

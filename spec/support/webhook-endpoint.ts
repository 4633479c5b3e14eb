import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createWebhookHandler, type WebhookOptions, webhookJob } from '../../lib/handlers/webhook.ts';
import { type JobContext, parseData } from '../../lib/jobs/define.ts';
import type { Logger } from '../../lib/logger.ts';

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

const ignore = (): void => {};
const silent: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
  child: () => silent,
};

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

/** Runs one attempt of a webhook job as a worker does: data parsed first, then the handler. */
export async function attempt(data: unknown, options: AttemptOptions = {}): Promise<unknown> {
  const { id = 'job-1', signal = new AbortController().signal, ...webhook } = options;
  const ctx: JobContext = {
    id,
    type: webhookJob.type,
    queue: webhookJob.queue,
    attempt: 1,
    headers: {},
    schedule: null,
    signal,
    log: silent,
    progress: () => Promise.resolve(),
    once: async (_key, effect) => effect(),
    fencingNumber: () => Promise.resolve(1),
    follow: () => Promise.reject(new Error('a webhook adds no job')),
    previous: undefined,
    batch: null,
  };
  const handler = createWebhookHandler({ secret: null, allowPrivate: true, ...webhook });
  return handler.run(await parseData(webhookJob, data), ctx);
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

import { expect } from 'chai';
import { z } from 'zod';
import type { RedisClient } from '../../lib/engine/scripts.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient } from '../../lib/redis/connect.ts';
import { type ApiDeps, apiRoutes, createApi } from '../../lib/server/api/api.ts';
import type { ApiRoute } from '../../lib/server/api/api-route.ts';
import { describeApi } from '../../lib/server/api/openapi.ts';
import { EVENT_STREAM_TYPE } from '../../lib/server/begin-events.ts';
import { createHealth } from '../../lib/server/health/health.ts';
import { listen } from '../../lib/server/listen.ts';
import { type Answered, answerValidator } from './api-validator.ts';
import { type LogRecord, recordingLog } from './log.ts';
import { openRequests, redisUrl } from './redis.ts';
import { patientClock } from './wait.ts';

/** An answer of the API, its body parsed. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** What is sent beside method and path; a body that is a string or bytes goes as it is, anything else as JSON. */
export interface Call {
  body?: unknown;
  headers?: Record<string, string>;
  /** Ends the call where it has no answer by then. */
  signal?: AbortSignal;
}

/** The API on a real socket and a real Redis. */
export interface SpecApi {
  readonly origin: string;
  readonly client: RedisClient;
  readonly inspector: Inspector;
  readonly records: LogRecord[];
  /** The table of its calls. */
  readonly routes: readonly ApiRoute[];
  /**
   * Calls the API and checks that the answer is one that its document knows. Of events, which have no end, the first
   * are read, and the rest is left.
   */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** Checks that an answer which came otherwise is one that the document knows. */
  requireDocumented(answered: Answered): void;
  /** What a call answers with 200, by its name in the document. */
  answerOf(operationId: string): z.ZodType;
  close(): Promise<void>;
}

/** A job type that the API of the specs knows. */
export const SendEmail = defineJob({
  type: 'email.send',
  queue: 'mail',
  schema: z.object({ to: z.email(), cc: z.array(z.email()).optional() }),
});

const Digest = defineJob({
  type: 'digest',
  schema: z.object({ to: z.email() }),
  group: { graceMs: 2_000, maxSize: 2 },
});

const Crash = defineJob({
  type: 'crash',
  schema: z.unknown().refine(() => {
    throw new Error('a fault in the schema itself');
  }),
});

let validator: ReturnType<typeof answerValidator> | null = null;

/** By the document of the API, which is the same wherever it is started: once for a process, as it takes long to make. */
function requireDocumented(answered: Answered, routesOf: () => readonly ApiRoute[]): void {
  validator ??= answerValidator(describeApi(routesOf()));
  validator(answered);
}

/** Starts the API; with no keys, on the shared Redis, unless told otherwise. */
export async function startApi({
  url = redisUrl(),
  prefix = 'bq',
  warnings = false,
  memoryReserve = 0,
  ...given
}: Partial<
  Pick<ApiDeps, 'keys' | 'rates' | 'durabilityOf' | 'isRedisReady' | 'allowedHosts' | 'countKeyFailure'>
> & {
  url?: string;
  /** How its keys begin. */
  prefix?: string;
  /** Whether adds are answered with warnings; by default they are not, as no worker runs in most specs. */
  warnings?: boolean;
  /** Which part of the memory of Redis adds leave free; by default none. */
  memoryReserve?: number;
} = {}): Promise<SpecApi> {
  const client = openRequests(url);
  const inspector = new Inspector({ client, prefix, clock: patientClock });
  const { log, records } = recordingLog();
  const definitions = new Map([SendEmail, Digest, Crash].map((one) => [one.type, one as JobDefinition]));
  const closing = new AbortController();
  const producer = new Producer({ client, prefix, warnings, memoryReserve });
  const deps = {
    producer,
    inspector,
    definitions,
    health: createHealth({ checks: {} }),
    keys: [],
    log,
    closing: closing.signal,
    ...given,
  };
  const handler = createApi(deps);
  const listener = await listen({
    handler,
    role: 'api',
    host: '127.0.0.1',
    port: 0,
    variable: 'API_PORT',
    closing,
  });
  const origin = `http://127.0.0.1:${listener.port}`;
  // Few specs look at the table, and it takes as long to make as all else here.
  let made: readonly ApiRoute[] | null = null;
  const routesOf = (): readonly ApiRoute[] => {
    made ??= apiRoutes(deps);
    return made;
  };
  const requireKnown = (answered: Answered): void => requireDocumented(answered, routesOf);
  return {
    origin,
    client,
    inspector,
    records,
    get routes() {
      return routesOf();
    },
    requireDocumented: requireKnown,
    call: async (method, path, call = {}) => {
      const response = await fetch(origin + path, toRequest(method, call));
      const { status, headers } = response;
      const contentType = headers.get('content-type') ?? '';
      const [called = ''] = path.split('?');
      const answered = { method, path: called, status, contentType };
      if (contentType.startsWith(EVENT_STREAM_TYPE) && method !== 'HEAD') {
        const events = await firstEvents(response);
        for (const body of events) requireKnown({ ...answered, body });
        return { status, headers, body: { events } };
      }
      const text = await response.text();
      const isPage = contentType.startsWith('text/html');
      const body = isPage ? text : text && JSON.parse(text);
      if (method !== 'HEAD') requireKnown({ ...answered, body });
      return { status, headers, body: isPage ? { html: text } : body };
    },
    answerOf: (operationId) => {
      const schema = routesOf().find((one) => one.operationId === operationId)?.answers[200];
      if (!schema) throw new Error(`no call is named ${operationId}`);
      return schema;
    },
    close: async () => {
      await listener.close();
      await producer.close();
      await inspector.close();
      await closeClient(client);
    },
  };
}

/** Moves a waiting job to where a worker would have put it, with the marks that a worker leaves. */
export async function moveJob(
  { client }: SpecApi,
  { queue, id, to }: { queue: string; id: string; to: 'active' | 'failed' },
): Promise<void> {
  const key = (name: string): string => `bq:${queue}:${name}`;
  const moved = client.multi().lrem(key('waiting'), 1, id);
  if (to === 'active') moved.lpush(key('active'), id);
  else moved.sadd(key('failed'), id).zadd(key('failedOrder'), 1, id);
  await moved.exec();
}

/** What comes first of events, which is none where nothing has happened; then the client is gone. */
async function firstEvents({ body }: Response): Promise<unknown[]> {
  const reader = body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  const text = new TextDecoder().decode(first?.value);
  expect(text).to.match(/^retry: \d+\nid: \S+\n\n/);
  return [...text.matchAll(/^data: (.*)\n$/gm)].map(([, data = '']) => JSON.parse(data));
}

function toRequest(method: string, { body, headers = {}, signal }: Call): RequestInit {
  const ends = signal ? { signal } : {};
  if (body === undefined) return { method, headers, ...ends };
  return {
    method,
    ...ends,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: toBytes(body),
  };
}

function toBytes(body: unknown): string | Buffer<ArrayBuffer> {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body);
}

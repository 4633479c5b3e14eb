import { Webhook } from 'standardwebhooks';
import { systemClock } from '../clock.ts';
import { ApiaryError, coerceError, DiscardJob, RetryAfter } from '../errors.ts';
import { type BoundHandler, defineJob, handle, type JobContext } from '../jobs/define.ts';
import { guardTarget } from './address-guard.ts';
import { retryAfterMs } from './retry-after.ts';
import { type OutgoingRequest, type ReceivedAnswer, sendRequest } from './send-request.ts';
import { type WebhookData, webhookSchema } from './webhook-schema.ts';

/** How webhooks are delivered. */
export interface WebhookOptions {
  /** The signing key in base64, with or without the prefix `whsec_`; null sends unsigned. */
  secret: string | null;
  /** Whether targets in private, loopback, link-local and reserved networks are allowed. */
  allowPrivate: boolean;
  /** How long one delivery may take, from name resolution to the end of the answer; default 15,000. */
  deliveryTimeoutMs?: number;
}

/** What a delivered webhook job has as its result. */
export interface WebhookResult {
  /** The HTTP status, 200 to 299. */
  status: number;
  durationMs: number;
}

type Signer = (id: string, body: Buffer | null) => Record<string, string>;

const DELIVERY_TIMEOUT_MS = 15_000;

/**
 * The built-in job type `webhook`: sends its data to a url.
 * Waits in queue `webhooks`; an attempt may run 30 s, which the delivery's own timeout normally forestalls. Retried 12
 * times with exponential back-off from 10 s up to 6 h, full jitter: an endpoint may be away for some six hours.
 */
export const webhookJob = defineJob({
  type: 'webhook',
  queue: 'webhooks',
  schema: webhookSchema,
  retries: 12,
  backoff: { type: 'exponential', delayMs: 10_000, maxDelayMs: 21_600_000 },
  timeoutMs: 30_000,
});

/**
 * Makes the handler of {@link webhookJob}: one HTTP request per attempt, signed by the rules of Standard Webhooks.
 * Any 2xx succeeds. Network errors, 408, 425, 429 and 5xx are retried, not before a Retry-After of up to an hour; every
 * other status, redirects too, and a forbidden target fail the job at once. Throws CONFIG_INVALID for a malformed
 * secret.
 */
export function createWebhookHandler(options: WebhookOptions): BoundHandler {
  const sign = options.secret === null ? null : createSigner(options.secret);
  return handle(webhookJob, async (data, ctx): Promise<WebhookResult> => {
    const outgoing = composeRequest(data, ctx.id, sign);
    const startedAt = systemClock.elapsed();
    const answer = await deliver(outgoing, ctx, options);
    requireSuccess(answer, nameOf(outgoing));
    return { status: answer.status, durationMs: Math.round(systemClock.elapsed() - startedAt) };
  });
}

function composeRequest(data: WebhookData, id: string, sign: Signer | null): OutgoingRequest {
  const body = encodeBody(data.body);
  const given = Object.entries(data.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const headers: Record<string, string> = {
    'user-agent': 'apiary-webhook',
    ...(body && { 'content-type': typeof data.body === 'string' ? 'text/plain' : 'application/json' }),
    ...Object.fromEntries(given),
    // Node leaves the length out for DELETE unless it is given.
    ...(body && { 'content-length': String(body.length) }),
    ...sign?.(id, body),
  };
  return { url: new URL(data.url), method: data.method, headers, body };
}

function encodeBody(body: unknown): Buffer | null {
  if (body === undefined) return null;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function createSigner(secret: string): Signer {
  const webhook = readSecret(secret);
  return (id, body) => {
    // The header takes ASCII only and the signature parts its fields by dots; a generated id has neither and stays as
    // it is.
    const messageId = encodeURIComponent(id).replaceAll('.', '%2E');
    const sentAt = new Date(systemClock.now());
    return {
      'webhook-id': messageId,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': webhook.sign(messageId, sentAt, body ?? ''),
    };
  };
}

function readSecret(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    const message = 'WEBHOOK_SECRET must be base64, with or without the prefix whsec_';
    throw new ApiaryError('CONFIG_INVALID', message, { problems: [{ path: 'WEBHOOK_SECRET', message }] });
  }
}

async function deliver(
  outgoing: OutgoingRequest,
  ctx: JobContext,
  options: WebhookOptions,
): Promise<ReceivedAnswer> {
  const { allowPrivate, deliveryTimeoutMs = DELIVERY_TIMEOUT_MS } = options;
  const guard = allowPrivate ? {} : { lookup: guardTarget(outgoing.url) };
  try {
    return await sendRequest(outgoing, { signal: ctx.signal, timeoutMs: deliveryTimeoutMs, ...guard });
  } catch (thrown) {
    ctx.signal.throwIfAborted();
    if (thrown instanceof DiscardJob) throw thrown;
    throw asNetworkError(coerceError(thrown), nameOf(outgoing));
  }
}

function asNetworkError(cause: Error & { code?: unknown }, name: string): Error {
  // A host with several addresses fails with an AggregateError, which has a code and no message.
  const error = new Error(`${name} failed: ${cause.message || cause.code}`, { cause });
  return cause.code === undefined ? error : Object.assign(error, { code: cause.code });
}

function requireSuccess({ status, retryAfter }: ReceivedAnswer, name: string): void {
  if (status >= 200 && status < 300) return;
  const message = `${name} answered ${status}`;
  if (status >= 300 && status < 400) throw new DiscardJob(`${message}; redirects are not followed`);
  if (!isPassing(status)) throw new DiscardJob(message);
  const delayMs = retryAfterMs(retryAfter, systemClock.now());
  throw delayMs === null ? new Error(message) : new RetryAfter(message, delayMs);
}

/** Says whether a status speaks of the moment rather than of the request. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/** The request as errors may name it: without query, headers and body, which may hold secrets. */
function nameOf({ method, url }: OutgoingRequest): string {
  return `${method} ${url.origin}${url.pathname}`;
}

import { createRequire } from 'node:module';
import type { Context, Meter, Span, SpanContext } from '@opentelemetry/api';
import { coerceError } from './errors.ts';

/** W3C trace context, as it stands in the headers of a job. */
export type TraceHeaders = Readonly<Record<string, string>>;

/** Jobs that are being added. */
export interface Sending {
  queue: string;
  type: string;
  count: number;
}

/** An attempt at a job. */
export interface Processing {
  queue: string;
  type: string;
  id: string;
  attempt: number;
  headers: TraceHeaders;
}

/** Says how an attempt ended that threw, and whether that is an error. */
export type ThrownOutcome = (thrown: unknown) => { outcome: string; isError: boolean };

type Api = typeof import('@opentelemetry/api');

/** The first three parts of a traceparent of any version; what a later one has behind them is not for us. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;
const TRACER_NAME = 'apiary';
const SAMPLED = 1;

const API = '@opentelemetry/api';
/** Where all copies of version 1 of the API look for what is registered. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');
const require = createRequire(import.meta.url);
const loaded: { api?: Api | null } = {};

/** Spans around jobs, by the OpenTelemetry of the process. */
export class Tracing {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Runs `send` within a producer's span and hands it the headers that lead there; `idOf` reads the id of a job. */
  sending<T>(
    { queue, type, count }: Sending,
    send: (headers: TraceHeaders) => Promise<T>,
    idOf?: (sent: T) => string,
  ): Promise<T> {
    const { context, SpanKind, trace } = this.#api;
    const attributes = { ...attributesOf('send', { queue, type }), 'messaging.batch.message_count': count };
    const options = { kind: SpanKind.PRODUCER, attributes };
    const span = trace.getTracer(TRACER_NAME).startSpan(`send ${queue}`, options);
    return context.with(trace.setSpan(context.active(), span), async () => {
      try {
        const sent = await send(this.#headersOf(span.spanContext()));
        if (idOf) span.setAttribute('messaging.message.id', idOf(sent));
        return sent;
      } catch (thrown) {
        this.#fail(span, thrown);
        throw thrown;
      } finally {
        span.end();
      }
    });
  }

  /** Runs `run` within a consumer's span, whose parent is the span that the headers lead to. */
  processing(job: Processing, run: () => unknown, outcomeOf: ThrownOutcome): Promise<unknown> {
    const { context, SpanKind, trace } = this.#api;
    const attributes = {
      ...attributesOf('process', job),
      'messaging.message.id': job.id,
      'apiary.job.attempt': job.attempt,
    };
    const options = { kind: SpanKind.CONSUMER, attributes };
    const parent = this.#parentOf(job.headers);
    const span = trace.getTracer(TRACER_NAME).startSpan(`process ${job.queue}`, options, parent);
    return context.with(trace.setSpan(parent, span), async () => {
      try {
        const value = await run();
        span.setAttribute('apiary.job.outcome', 'succeeded');
        return value;
      } catch (thrown) {
        const { outcome, isError } = outcomeOf(thrown);
        span.setAttribute('apiary.job.outcome', outcome);
        if (isError) this.#fail(span, thrown);
        throw thrown;
      } finally {
        span.end();
      }
    });
  }

  #headersOf(spanContext: SpanContext): TraceHeaders {
    if (!this.#api.isSpanContextValid(spanContext)) return {};
    const { traceId, spanId, traceFlags, traceState } = spanContext;
    const flags = (traceFlags & SAMPLED).toString(16).padStart(2, '0');
    const traceparent = `00-${traceId}-${spanId}-${flags}`;
    const tracestate = traceState?.serialize() ?? '';
    return tracestate === '' ? { traceparent } : { traceparent, tracestate };
  }

  #parentOf({ traceparent = '', tracestate }: TraceHeaders): Context {
    const { context, createTraceState, isSpanContextValid, trace } = this.#api;
    const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
    const remote: SpanContext = {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16) & SAMPLED,
      isRemote: true,
      ...(typeof tracestate === 'string' &&
        tracestate !== '' && { traceState: createTraceState(tracestate) }),
    };
    return isSpanContextValid(remote) ? trace.setSpanContext(context.active(), remote) : context.active();
  }

  #fail(span: Span, thrown: unknown): void {
    const error = coerceError(thrown);
    span.recordException(error);
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: error.message });
  }
}

/** Null unless `@opentelemetry/api` is installed and a provider of tracers is registered with it at this moment. */
export function activeTracing(): Tracing | null {
  // Whoever registers a provider leaves this behind; without it the API need not be loaded to know that there is none.
  if (!(REGISTERED in globalThis)) return null;
  const api = loadedApi();
  if (!api) return null;
  const provider = api.trace.getTracerProvider();
  // Before there is a provider, a stand-in of the API hands out tracers that do nothing.
  const hasProvider = !isStandIn(provider) || provider.getDelegateTracer(TRACER_NAME) !== undefined;
  return hasProvider ? new Tracing(api) : null;
}

/** The meter of this process; null unless the API is installed and a provider of meters is registered with it now. */
export function activeMeter(): Meter | null {
  if (!(REGISTERED in globalThis)) return null;
  const api = loadedApi();
  if (!api) return null;
  const meter = api.metrics.getMeterProvider().getMeter(TRACER_NAME);
  // Without a provider all get the same one, which does nothing.
  return meter === api.createNoopMeter() ? null : meter;
}

/** Whether there can be tracing in this process at all. */
export function isTracingInstalled(): boolean {
  try {
    return require.resolve(API) !== '';
  } catch {
    return false;
  }
}

/** Required, not imported: adding a job must not wait, and the first one is to be traced like any other. */
function loadedApi(): Api | null {
  if (loaded.api === undefined) {
    try {
      loaded.api = require(API) as Api; // It is what its declarations say.
    } catch {
      loaded.api = null;
    }
  }
  return loaded.api;
}

function isStandIn(provider: object): provider is { getDelegateTracer(name: string): unknown } {
  return 'getDelegateTracer' in provider && typeof provider.getDelegateTracer === 'function';
}

function attributesOf(operation: 'send' | 'process', { queue, type }: { queue: string; type: string }) {
  return {
    'messaging.system': 'apiary',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': queue,
    'apiary.job.type': type,
  };
}

import { context, type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { z } from 'zod';
import { DiscardJob, RetryLater } from '../../lib/errors.ts';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { activeTracing } from '../../lib/tracing.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

describe('tracing by OpenTelemetry', () => {
  const exporter = new InMemorySpanExporter();
  let specs: SpecWorkers;

  const definition = (defaults: Omit<JobOptions, 'group'> = {}) =>
    defineJob({ type: 'job', queue: specs.queue, schema: z.any(), retries: 0, ...defaults });
  const headersOf = async (id: string) => (await specs.queries().job(id))?.record.options.headers;
  const spans = (kind: SpanKind): ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.kind === kind);
  const traceparentOf = ({ traceId, spanId }: SpanContext): string => `00-${traceId}-${spanId}-01`;
  const run = (handler: (ctx: JobContext) => unknown): Promise<void> =>
    specs.worker({ handlers: [handle(definition(), (_, ctx) => handler(ctx))] }).start();
  const processed = async (): Promise<ReadableSpan> => {
    await until(() => spans(SpanKind.CONSUMER).length > 0, 'the attempt has a span');
    return spans(SpanKind.CONSUMER)[0] ?? expect.fail('there is no span');
  };

  beforeEach(() => {
    specs = openWorkers();
  });
  afterEach(() => specs.close());

  describe('with a provider', () => {
    beforeEach(() => {
      exporter.reset();
      const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
      trace.setGlobalTracerProvider(provider);
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    });
    afterEach(() => {
      trace.disable();
      context.disable();
    });

    it('sends the context of a span of the producer along with a job', async () => {
      const { id } = await specs.producer.add(definition(), 1);

      const [span] = spans(SpanKind.PRODUCER);
      expect(span?.name).to.equal(`send ${specs.queue}`);
      expect(span?.attributes).to.include({
        'messaging.system': 'apiary',
        'messaging.destination.name': specs.queue,
        'messaging.message.id': id,
        'apiary.job.type': 'job',
      });
      expect(await headersOf(id)).to.deep.equal({ traceparent: span && traceparentOf(span.spanContext()) });
    });

    it('makes one span for jobs that are added together, and one for a job without a definition', async () => {
      const many = await specs.producer.addMany(definition(), [1, 2]);
      const raw = await specs.producer.addRaw({ type: 'x', queue: specs.queue, data: 1, options: {} });

      const sent = spans(SpanKind.PRODUCER).map((span) => traceparentOf(span.spanContext()));
      const stored = await Promise.all([...many, raw].map(({ id }) => headersOf(id)));
      expect(stored.map((headers) => headers?.['traceparent'])).to.deep.equal([sent[0], sent[0], sent[1]]);
      expect(spans(SpanKind.PRODUCER)[0]?.attributes).to.include({ 'messaging.batch.message_count': 2 });
    });

    it('sends the context of the attempt along with jobs that follow, chain and batch', async () => {
      const next = defineJob({ type: 'next', queue: testQueueName(), schema: z.any() });
      const told: { id: string }[] = [];
      await run(async (ctx) => void told.push(await ctx.follow(next, 1)));
      await specs.producer.add(definition(), 1, { headers: { traceparent: TRACEPARENT } });
      await processed();
      const chain = await specs.producer.addChain([jobFor(next, 1)]);
      const batch = await specs.producer.addBatch({ jobs: [jobFor(next, 1)], last: jobFor(next, 1) });

      const ids = [told[0]?.id ?? '', chain.id, batch.jobs[0]?.id ?? ''];
      await until(async () => (await nextHeaders(next.queue, ids[0] ?? '')) !== undefined, 'it was added');
      const [first = '', ...others] = await Promise.all(ids.map((id) => nextHeaders(next.queue, id)));
      expect(first).to.include(TRACE_ID);
      for (const traceparent of others) expect(traceparent).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    });

    const nextHeaders = async (queue: string, id: string) =>
      (await specs.queries(queue).job(id))?.record.options.headers?.['traceparent'];

    it('keeps other headers, and the trace that a call or a type names', async () => {
      const own = await specs.producer.add(definition(), 1, { headers: { traceparent: TRACEPARENT } });
      const other = await specs.producer.add(definition({ headers: { tenant: 'a' } }), 1);

      expect(await headersOf(own.id)).to.deep.equal({ traceparent: TRACEPARENT });
      expect(await headersOf(other.id)).to.have.all.keys('tenant', 'traceparent');
    });

    it('records why adding failed', async () => {
      const wrong = defineJob({ type: 'job', queue: specs.queue, schema: z.string() });

      const failure = await specs.producer.add(wrong, 1 as never).catch((error) => error);

      const [span] = spans(SpanKind.PRODUCER);
      expect(failure).to.include({ code: 'JOB_INVALID' });
      expect(span?.status.code).to.equal(SpanStatusCode.ERROR);
      expect(span?.events[0]?.name).to.equal('exception');
    });

    it('leaves the check of headers to the producer', async () => {
      const options = { headers: ['a'] } as never;

      const failure = await specs.producer.add(definition(), 1, options).catch((error) => error);

      expect(failure).to.include({ code: 'JOB_INVALID' });
    });

    it('runs the handler in a span below that of the producer, from another process too', async () => {
      let active: SpanContext | undefined;
      const headers = { traceparent: TRACEPARENT, tracestate: 'vendor=1' };
      const { id } = await specs.producer.add(definition(), 1, { headers });

      await run(() => {
        active = trace.getActiveSpan()?.spanContext();
      });

      const span = await processed();
      expect(span.name).to.equal(`process ${specs.queue}`);
      expect(span.spanContext().traceId).to.equal(TRACE_ID);
      expect(span.parentSpanContext).to.include({ spanId: 'b7ad6b7169203331', isRemote: true });
      expect(span.spanContext().traceState?.serialize()).to.equal('vendor=1');
      expect(active).to.deep.equal(span.spanContext());
      expect(span.attributes).to.include({
        'messaging.message.id': id,
        'apiary.job.attempt': 1,
        'apiary.job.outcome': 'succeeded',
      });
    });

    it('begins a trace where the headers have none that counts', async () => {
      await specs.producer.add(definition(), 1, { headers: { traceparent: '00-nonsense' } });

      await run(() => 1);

      expect((await processed()).parentSpanContext).to.equal(undefined);
    });

    for (const [thrown, outcome, code] of [
      [new Error('no luck'), 'failed', SpanStatusCode.ERROR],
      [new DiscardJob('gone'), 'discarded', SpanStatusCode.ERROR],
      [new RetryLater(60_000), 'snoozed', SpanStatusCode.UNSET],
    ] as const) {
      it(`records what a handler threw that has ${outcome}`, async () => {
        await specs.producer.add(definition(), 1);

        await run(() => {
          throw thrown;
        });

        const span = await processed();
        expect(span.attributes).to.include({ 'apiary.job.outcome': outcome });
        expect(span.status.code).to.equal(code);
        expect(span.events.map(({ attributes }) => attributes?.['exception.message'])).to.deep.equal(
          code === SpanStatusCode.ERROR ? [thrown.message] : [],
        );
      });
    }
  });

  describe('without a provider', () => {
    it('is not there', () => {
      expect(activeTracing()).to.equal(null);
    });

    it('adds nothing to a job', async () => {
      const { id } = await specs.producer.add(definition(), 1);

      expect(await headersOf(id)).to.equal(undefined);
    });
  });
});

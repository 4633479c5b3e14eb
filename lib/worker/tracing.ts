import { AwaitsSignal, DiscardJob, RetryLater } from '../errors.ts';
import type { Middleware } from '../jobs/define.ts';
import { activeTracing, isTracingInstalled, type ThrownOutcome } from '../tracing.ts';

/** The middleware that traces handlers by OpenTelemetry; none where it is not installed. */
export function tracingMiddleware(): Middleware[] {
  return isTracingInstalled() ? [traced] : [];
}

const traced: Middleware = (next) => (data, ctx) => {
  const tracing = activeTracing();
  if (!tracing) return next(data, ctx);
  const { queue, type, id, attempt, headers } = ctx;
  const job = { queue, type, id, attempt, headers };
  return tracing.processing(job, () => next(data, ctx), outcomeOf);
};

/** As far as it is known here: back-off, retries and the end of a shutdown come after. */
const outcomeOf: ThrownOutcome = (thrown) => {
  if (thrown instanceof RetryLater || thrown instanceof AwaitsSignal)
    return { outcome: 'snoozed', isError: false };
  return { outcome: thrown instanceof DiscardJob ? 'discarded' : 'failed', isError: true };
};

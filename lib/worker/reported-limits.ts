import { TimerLimits } from '../engine/pump/timeout.ts';
import type { DeafHandlers } from './deaf-handlers.ts';
import type { Reporter } from './report.ts';

/** What limits of time are kept and told with. */
export interface ReportedLimitsDeps {
  /** How long a handler may go on after its time, in ms. */
  graceMs: number;
  report: Reporter;
  /** Gets the handlers that go on even then. */
  deaf: DeafHandlers;
}

/** Makes limits of time that tell what they have done. */
export function reportedLimits({ graceMs, report, deaf }: ReportedLimitsDeps): TimerLimits {
  return new TimerLimits({
    graceMs,
    onOverdue: ({ job, bound }) => report.overdue(job, bound),
    onLate: ({ job }, ending) => report.late(job, ending),
    onDeaf: ({ job, running }) => {
      report.deaf(job);
      deaf.add(job, running);
    },
  });
}

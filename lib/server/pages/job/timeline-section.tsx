import type { VNode } from 'preact';
import type { JobInfo } from '../../../inspector/inspector.ts';
import { type TimelineEntry, type TimelineKind, timelineOf } from '../../../inspector/timeline.ts';
import { durationText } from '../../../texts.ts';
import { TimedText } from '../timed-text.tsx';
import { Moment } from '../when.tsx';

/** What happened to a job, in order. */
export function TimelineSection({ job }: { job: JobInfo }): VNode {
  return (
    <section aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <ol id="timeline">
        {timelineOf(job).map((entry, at) => (
          <Entry key={at} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

/** What stands for a time where none was noted. */
const TIMELESS: Partial<Record<TimelineKind, string>> = {
  forgotten: 'before that',
  waits: 'now',
  runs: 'now',
};

function Entry({ entry }: { entry: TimelineEntry }): VNode {
  const { at, kind, text, worker, durationMs, error } = entry;
  return (
    <li>
      {at === null ? <span class="muted">{TIMELESS[kind] ?? 'no time noted'}</span> : <Moment at={at} />}{' '}
      <TimedText text={text} />
      {durationMs !== null && ` after ${durationText(durationMs)}`}
      {worker !== null && ` in ${worker}`}
      {error && (
        <span class="note">
          {error.name}: {error.message}
        </span>
      )}
    </li>
  );
}

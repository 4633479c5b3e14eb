import type { VNode } from 'preact';
import { calendarTime, distanceText, timeText } from '../../texts.ts';

/** A time (epoch ms) as its distance from now; the time itself shows when it is pointed at. */
export function When({ at, now }: { at: number; now: number }): VNode {
  return (
    <time dateTime={calendarTime(at) ?? undefined} title={timeText(at)}>
      {distanceText(at, now)}
    </time>
  );
}

/** A time (epoch ms) in full: by UTC, and where scripts run in the reader's zone. */
export function Moment({ at }: { at: number }): VNode {
  return <time dateTime={calendarTime(at) ?? undefined}>{timeText(at)}</time>;
}

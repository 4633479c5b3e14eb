import type { VNode } from 'preact';
import type { WhyReason } from '../../../inspector/inspector.ts';
import { jobAddress } from '../addresses.ts';
import { TimedText } from '../timed-text.tsx';

/** Why a job of a queue is not running, every reason with a sentence. */
export function WhyList({ reasons, queue }: { reasons: readonly WhyReason[]; queue: string }): VNode {
  return (
    <ul>
      {reasons.map((one) => (
        <li key={one.reason}>
          <TimedText text={one.text} />
          {one.reason === 'gathered' && (
            <>
              {' '}
              (<a href={jobAddress(queue, one.carrier)}>its page</a>)
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

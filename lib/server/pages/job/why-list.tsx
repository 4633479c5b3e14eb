import type { VNode } from 'preact';
import type { WhyReason } from '../../../inspector/inspector.ts';
import { jobAddress } from '../addresses.ts';

/** Why a job of a queue is not running, every reason with a sentence. */
export function WhyList({ reasons, queue }: { reasons: readonly WhyReason[]; queue: string }): VNode {
  return (
    <ul>
      {reasons.map((one) => (
        <li key={one.reason}>
          {one.text}
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

import type { VNode } from 'preact';
import type { CaseState, CaseVerdict, FailureCase } from '../../../inspector/inspector.ts';
import { countText } from '../../../texts.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress } from '../addresses.ts';

/** What a button says of a kind of failure, and of those in which states. */
interface VerdictButton {
  label: string;
  verdict: CaseVerdict;
  states: readonly CaseState[];
}

/** By what stands at the end of their paths. */
const BUTTONS = {
  resolve: { label: 'Resolved', verdict: 'resolved', states: ['open', 'ignored', 'reopened'] },
  ignore: { label: 'Ignore', verdict: 'ignored', states: ['open', 'resolved', 'reopened'] },
  reopen: { label: 'Open again', verdict: 'open', states: ['ignored', 'resolved', 'reopened'] },
} as const satisfies Record<string, VerdictButton>;

/** The buttons that say something of a kind of failure, by the ends of their paths. */
export const FAILURE_BUTTONS: readonly (readonly [string, VerdictButton])[] = Object.entries(BUTTONS);

/** The buttons that a kind of failure has in its state. */
export function FailureButtons({ queue, found }: { queue: string; found: FailureCase }): VNode {
  const { fingerprint, state, count, scanned, total } = found;
  const whole = scanned < total ? `${count}+` : String(count);
  return (
    <div class="actions">
      {count > 0 && (
        <ActionButton
          action={actionAddress('queues', queue, 'failures', fingerprint, 'retry')}
          label={`Retry all ${whole}`}
          name={`Retry all ${whole} jobs of queue ${queue} that failed so`}
          confirm={`Retry ${countText(count, 'job')} of queue ${queue}? Each gets one further attempt.`}
        />
      )}
      {FAILURE_BUTTONS.filter(([, { states }]) => states.includes(state)).map(([name, { label }]) => (
        <ActionButton
          key={name}
          action={actionAddress('queues', queue, 'failures', fingerprint, name)}
          label={label}
          name={`${label}: this kind of failure`}
        />
      ))}
    </div>
  );
}

import type { VNode } from 'preact';
import type { JobInfo, JobState } from '../../../inspector/inspector.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress, searchAddress } from '../addresses.ts';

type Button = 'retry' | 'promote' | 'cancel' | 'archive' | 'remove';

/** What the state of a job permits. */
const BUTTONS: Readonly<Record<JobState, readonly Button[]>> = {
  waiting: ['cancel', 'archive', 'remove'],
  active: ['cancel'],
  delayed: ['promote', 'cancel', 'archive', 'remove'],
  succeeded: ['remove'],
  failed: ['retry', 'remove'],
};

const LABELS: Readonly<Record<Button, string>> = {
  retry: 'Retry',
  promote: 'Run now',
  cancel: 'Cancel',
  archive: 'Archive as failed',
  remove: 'Remove',
};

/** The buttons that a job has in its state. */
export function JobButtons({ job }: { job: Pick<JobInfo, 'queue' | 'id' | 'state'> }): VNode {
  const { queue, id, state } = job;
  return (
    <div class="actions">
      {BUTTONS[state].map((button) => (
        <ActionButton
          key={button}
          action={actionAddress('queues', queue, 'jobs', id, button)}
          label={LABELS[button]}
          name={`${LABELS[button]}: job ${id}`}
          {...cautionOf(button, job)}
        />
      ))}
    </div>
  );
}

function cautionOf(
  button: Button,
  { queue, id, state }: Pick<JobInfo, 'queue' | 'id' | 'state'>,
): { confirm?: string; leadsTo?: string; isGrave?: boolean } {
  switch (button) {
    case 'retry':
    case 'promote':
      return {};
    case 'cancel':
      return { confirm: `Cancel job ${id}? It will not be retried.`, isGrave: true };
    case 'archive':
      return { confirm: `Make job ${id} failed without running it?` };
    case 'remove':
      return {
        confirm: `Remove job ${id} for good?`,
        leadsTo: searchAddress({ queue, state }),
        isGrave: true,
      };
    default:
      return button satisfies never;
  }
}

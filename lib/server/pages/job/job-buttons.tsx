import type { VNode } from 'preact';
import type { JobInfo } from '../../../inspector/inspector.ts';
import { appliesTo, type JobOperationName } from '../../../inspector/operations.ts';
import { namesOf } from '../../../names-of.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress, searchAddress } from '../addresses.ts';

/** What is said on a button, and what is asked before it does what it says. */
interface Button {
  label: string;
  confirm?: (id: string) => string;
  isGrave?: true;
  /** Whether the job is gone then, and its page with it. */
  isLast?: true;
}

/** The button of each operation on a job, in the order in which they stand; null for one that has none here. */
const BUTTONS: Readonly<Record<JobOperationName, Button | null>> = {
  retry: { label: 'Retry' },
  promote: { label: 'Run now' },
  cancel: {
    label: 'Cancel',
    confirm: (id) => `Cancel job ${id}? It will not be retried.`,
    isGrave: true,
  },
  archive: { label: 'Archive as failed', confirm: (id) => `Make job ${id} failed without running it?` },
  remove: {
    label: 'Remove',
    confirm: (id) => `Remove job ${id} for good?`,
    isGrave: true,
    isLast: true,
  },
  // One that runs is to be cancelled.
  removeAnywhere: null,
  // It takes a queue, see move-section.tsx.
  move: null,
  // It takes a name and data, see signal-section.tsx.
  signal: null,
  // In Arena.
  edit: null,
  reschedule: null,
  // It needs a text.
  log: null,
  setPriority: { label: 'Make it first' },
  rerun: {
    label: 'Run anew',
    confirm: (id) => `Add a new job with the data of job ${id}?`,
  },
};

/** The operations that have a button. */
export const JOB_BUTTONS = namesOf(BUTTONS).filter((name) => BUTTONS[name] !== null);

/** The buttons that a job has in its state. */
export function JobButtons({ job }: { job: Pick<JobInfo, 'queue' | 'id' | 'state'> }): VNode {
  return <div class="actions">{JOB_BUTTONS.map((name) => buttonFor(name, job))}</div>;
}

function buttonFor(
  name: JobOperationName,
  { queue, id, state }: Pick<JobInfo, 'queue' | 'id' | 'state'>,
): VNode | null {
  const button = BUTTONS[name];
  if (button === null || !appliesTo(name, state)) return null;
  const { label, confirm, isGrave, isLast } = button;
  return (
    <ActionButton
      key={name}
      action={actionAddress('queues', queue, 'jobs', id, name)}
      label={label}
      name={`${label}: job ${id}`}
      {...(confirm && { confirm: confirm(id) })}
      {...(isGrave && { isGrave })}
      {...(isLast && { leadsTo: searchAddress({ queue, state }) })}
    />
  );
}

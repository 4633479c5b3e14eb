import type { VNode } from 'preact';
import type { WorkflowInfo } from '../../../inspector/inspector.ts';
import type { WORKFLOW_OPERATIONS } from '../../../inspector/workflow-operations.ts';
import { namesOf } from '../../../names-of.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress } from '../addresses.ts';

/** What is said on a button, what is asked before it does that, and when a workflow has it. */
interface Button {
  label: string;
  confirm?: (id: string) => string;
  isGrave?: true;
  fits: (flow: WorkflowInfo) => boolean;
}

/** The operations on a whole workflow; to run a step again is in the row of that. */
type ButtonName = Exclude<keyof typeof WORKFLOW_OPERATIONS, 'rerun'>;

const BUTTONS: Readonly<Record<ButtonName, Button>> = {
  cancel: {
    label: 'Cancel',
    confirm: (id) => `Cancel workflow ${id}, with the jobs of it that have not ended?`,
    isGrave: true,
    fits: ({ state }) => state === 'running',
  },
  retry: { label: 'Retry what failed', fits: ({ retryable }) => retryable > 0 },
};

/** The operations that have a button. */
export const WORKFLOW_BUTTONS = namesOf(BUTTONS);

/** The buttons that a workflow has in its state. */
export function WorkflowButtons({ flow }: { flow: WorkflowInfo }): VNode {
  return <div class="actions">{WORKFLOW_BUTTONS.map((name) => buttonFor(name, flow))}</div>;
}

function buttonFor(name: ButtonName, flow: WorkflowInfo): VNode | null {
  const { label, confirm, isGrave, fits } = BUTTONS[name];
  const { queue, id } = flow;
  if (!fits(flow)) return null;
  return (
    <ActionButton
      key={name}
      action={actionAddress('queues', queue, 'workflows', id, name)}
      label={label}
      name={`${label}: workflow ${id}`}
      {...(confirm && { confirm: confirm(id) })}
      {...(isGrave && { isGrave })}
    />
  );
}

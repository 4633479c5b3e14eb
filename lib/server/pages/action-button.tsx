import type { VNode } from 'preact';

/** What a button does. */
export interface ActionButtonProps {
  /** Where it posts to, as `actionAddress` makes it. */
  action: string;
  /** What it says. */
  label: string;
  /** What it does to what, for those who hear the button alone; default the label. */
  name?: string;
  /** Asked before, where scripts run; default no question. */
  confirm?: string;
  /** The page that is shown when it is done, where scripts run; default the same. */
  leadsTo?: string;
  /** Whether it destroys something. */
  isGrave?: boolean;
}

/** A button that changes something: a form that is posted, by `refresh.js` where scripts run. Not for viewers. */
export function ActionButton({
  action,
  label,
  name,
  confirm,
  leadsTo,
  isGrave = false,
}: ActionButtonProps): VNode {
  return (
    <form
      method="post"
      action={action}
      class="action"
      data-action
      data-confirm={confirm}
      data-leads-to={leadsTo}
    >
      <button type="submit" class={isGrave ? 'grave' : undefined} aria-label={name}>
        {label}
      </button>
    </form>
  );
}

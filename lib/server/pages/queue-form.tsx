import type { VNode } from 'preact';

/** What chooses the queue of a page. */
export interface QueueFormProps {
  /** The address of the page. */
  action: string;
  names: readonly string[];
  /** The one that is chosen; empty for none. */
  queue: string;
  /** What choosing none is called. */
  none: string;
}

/** Chooses the queue of a page by its `?queue=`. A queue that is gone can have been chosen all the same. */
export function QueueForm({ action, names, queue, none }: QueueFormProps): VNode {
  const choices = queue === '' || names.includes(queue) ? names : [...names, queue];
  return (
    <form method="get" action={action} class="aside">
      <label for="page-queue">Queue</label>{' '}
      <select id="page-queue" name="queue">
        <option value="">{none}</option>
        {choices.map((name) => (
          <option key={name} value={name} selected={name === queue}>
            {name}
          </option>
        ))}
      </select>{' '}
      <button type="submit">Show</button>
    </form>
  );
}

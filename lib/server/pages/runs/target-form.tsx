import type { VNode } from 'preact';

/** Where a form leads that asks for a queue, and what it says besides. */
export interface TargetFormProps {
  action: string;
  fields: Readonly<Record<string, string>>;
  /** What is said before the queue; default `To queue`. */
  label?: string;
}

const MOST_NAME = 128;

/** Asks to which queue jobs are to be moved. */
export function TargetForm({ action, fields, label = 'To queue' }: TargetFormProps): VNode {
  return (
    <form method="post" action={action} class="fields">
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <label for="move-to">
        {label}
        <input id="move-to" name="to" maxLength={MOST_NAME} required autocomplete="off" spellcheck={false} />
      </label>
      <button type="submit">Count first…</button>
    </form>
  );
}

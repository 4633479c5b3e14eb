import type { VNode } from 'preact';
import type { AuditField, AuditFields } from './audit-fields.ts';

/** What the form is filled in with, and what is wrong with it. */
export interface AuditFormProps {
  fields: AuditFields;
  queues: readonly string[];
  wrong: readonly AuditField[];
}

/** The form that says which changes are shown. */
export function AuditForm({ fields, queues, wrong }: AuditFormProps): VNode {
  const { queue } = fields;
  // One that is gone can have been chosen all the same.
  const choices = queue === '' || queues.includes(queue) ? queues : [...queues, queue];
  return (
    <form id="audit-form" method="get" action="/audit" class="fields">
      <div>
        <label for="audit-queue">Queue</label>
        <select id="audit-queue" name="queue">
          <option value="">all</option>
          {choices.map((name) => (
            <option key={name} value={name} selected={name === queue}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <Text name="by" label="Who" value={fields.by} />
      <Text name="action" label="Change" value={fields.action} placeholder="retry" />
      <Time name="from" label="From (UTC)" value={fields.from} wrong={wrong} />
      <Time name="to" label="Until (UTC)" value={fields.to} wrong={wrong} />
      <button type="submit">Show</button>
    </form>
  );
}

function Text(props: { name: AuditField; label: string; value: string; placeholder?: string }): VNode {
  const { name, label, value, placeholder } = props;
  return (
    <div>
      <label for={`audit-${name}`}>{label}</label>
      <input
        type="text"
        id={`audit-${name}`}
        name={name}
        value={value}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
      />
    </div>
  );
}

function Time(props: {
  name: AuditField;
  label: string;
  value: string;
  wrong: readonly AuditField[];
}): VNode {
  const { name, label, value, wrong } = props;
  const fault = wrong.includes(name)
    ? { 'aria-invalid': true as const, 'aria-describedby': `${name}-problem` }
    : {};
  return (
    <div>
      <label for={`audit-${name}`}>{label}</label>
      <input
        type="text"
        id={`audit-${name}`}
        name={name}
        value={value}
        placeholder="2030-01-31T12:30"
        autocomplete="off"
        spellcheck={false}
        {...fault}
      />
      {wrong.includes(name) && (
        <span id={`${name}-problem`} class="note bad-text">
          must be a day or a time of UTC, such as 2030-01-31 or 2030-01-31T12:30
        </span>
      )}
    </div>
  );
}

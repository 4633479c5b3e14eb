import type { ComponentChildren, VNode } from 'preact';
import { JOB_STATES } from '../../../inspector/inspector.ts';
import type { FieldName, FieldProblems, SearchFields } from './search-fields.ts';

/** What the form is filled in with, and what is wrong with it. */
export interface SearchFormProps {
  fields: SearchFields;
  queues: readonly string[];
  problems: FieldProblems;
}

/** More than these nobody looks through; they are entered instead. */
const MOST_CHOICES = 1_000;

/** The form of a search; what is wrong with a field stands at it. */
export function SearchForm({ fields, queues, problems }: SearchFormProps): VNode {
  const props = { fields, problems };
  return (
    <section aria-labelledby="form-title">
      <h2 id="form-title">What to look for</h2>
      {Object.keys(problems).length > 0 && (
        <p role="alert" class="bad-text">
          Nothing was searched: {problems.cursor === undefined ? 'see the fields below' : problems.cursor}.
        </p>
      )}
      <form id="search" method="get" action="/search" class="fields">
        <QueueField {...props} queues={queues} />
        <Choice {...props} name="state" label="State" choices={JOB_STATES} none="any, by id" />
        <Text {...props} name="id" label="Id" />
        <Text {...props} name="type" label="Type" />
        <Text {...props} name="key" label="Key" />
        <Text {...props} name="error" label="Part of the newest error" />
        <Text {...props} name="path" label="Path in the data" example="customer.address.city" />
        <Text {...props} name="value" label="Value there" />
        <button type="submit">Search</button>
      </form>
    </section>
  );
}

function QueueField({ queues, ...others }: SearchFormProps): VNode {
  const props = { ...others, name: 'queue', label: 'Queue' } as const;
  if (queues.length > MOST_CHOICES) return <Text {...props} example="its whole name" />;
  return <Choice {...props} choices={withChosen(queues, props.fields.queue)} none="all, by id" />;
}

/** One that is not there is shown all the same, so that it can be seen what is wrong. */
function withChosen(queues: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || queues.includes(chosen) ? queues : [...queues, chosen];
}

interface FieldProps {
  fields: SearchFields;
  problems: FieldProblems;
  name: FieldName;
  label: string;
}

function Choice(props: FieldProps & { choices: readonly string[]; none: string }): VNode {
  const { fields, name, choices, none } = props;
  return (
    <Field {...props}>
      <select id={`search-${name}`} name={name} {...faultOf(props)}>
        <option value="">{none}</option>
        {choices.map((choice) => (
          <option key={choice} value={choice} selected={choice === fields[name]}>
            {choice}
          </option>
        ))}
      </select>
    </Field>
  );
}

function Text(props: FieldProps & { example?: string }): VNode {
  const { fields, name, example } = props;
  return (
    <Field {...props}>
      <input
        type="text"
        id={`search-${name}`}
        name={name}
        value={fields[name]}
        placeholder={example}
        autocomplete="off"
        spellcheck={false}
        {...faultOf(props)}
      />
    </Field>
  );
}

function Field(props: FieldProps & { children: ComponentChildren }): VNode {
  const { problems, name, label, children } = props;
  const problem = problems[name];
  return (
    <div>
      <label for={`search-${name}`}>{label}</label>
      {children}
      {problem !== undefined && (
        <span id={`${name}-problem`} class="note bad-text">
          {problem}
        </span>
      )}
    </div>
  );
}

function faultOf({ problems, name }: FieldProps): { 'aria-invalid'?: true; 'aria-describedby'?: string } {
  return problems[name] === undefined ? {} : { 'aria-invalid': true, 'aria-describedby': `${name}-problem` };
}

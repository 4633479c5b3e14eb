import type { VNode } from 'preact';
import { BULK_NAMES, type BulkName } from '../../../inspector/bulk-operations.ts';
import { isJobState } from '../../../inspector/inspector.ts';
import { appliesTo } from '../../../inspector/operations.ts';
import { OPERATION_WORDS } from '../runs/run-words.tsx';
import { filledIn, type SearchFields } from './search-fields.ts';

const MOST_NAME = 128;

/** What says in the form of what was found which of it is to be changed, and how. */
export function ChangeFields({ fields }: { fields: SearchFields }): VNode {
  return (
    <div class="fields">
      {Object.entries(filledIn(fields)).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <div>
        <label for="operation">What to do</label>
        <select id="operation" name="operation">
          {operationsFor(fields).map((name) => (
            <option key={name} value={name}>
              {OPERATION_WORDS[name]}
            </option>
          ))}
        </select>
      </div>
      {operationsFor(fields).includes('move') && <TargetField />}
      <Which isSearch={fields.id === ''} />
      <button type="submit">Count first…</button>
    </div>
  );
}

/** Where jobs are moved to; left alone where they are not. */
function TargetField(): VNode {
  return (
    <div>
      <label for="to">To queue, if they are moved</label>
      <input id="to" name="to" maxLength={MOST_NAME} autocomplete="off" spellcheck={false} />
    </div>
  );
}

/** An id alone is no search that could be done again. */
function Which({ isSearch }: { isSearch: boolean }): VNode {
  return (
    <fieldset>
      <legend>To which jobs</legend>
      <label>
        <input type="radio" name="which" value="chosen" checked /> those ticked below
      </label>
      {isSearch && (
        <label>
          <input type="radio" name="which" value="all" /> all that this search finds, shown or not
        </label>
      )}
    </fieldset>
  );
}

function operationsFor({ state }: SearchFields): readonly BulkName[] {
  return BULK_NAMES.filter((name) => !isJobState(state) || appliesTo(name, state));
}

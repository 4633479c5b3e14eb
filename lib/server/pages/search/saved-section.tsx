import type { VNode } from 'preact';
import type { SavedSearch } from '../../../inspector/inspector.ts';
import { actionAddress, searchAddress } from '../addresses.ts';
import { When } from '../when.tsx';
import { filledIn, type SearchFields } from './search-fields.ts';

/** What is shown of saved searches. */
export interface SavedSectionProps {
  saved: readonly SavedSearch[];
  /** What is filled in now, which can be saved. */
  fields: SearchFields;
  canChange: boolean;
  /** Whether searches are shown that have something in them that may be private. */
  seesAll: boolean;
  now: number;
}

/** The searches that people have saved for all, and the form that saves this one. */
export function SavedSection({ saved, fields, canChange, seesAll, now }: SavedSectionProps): VNode | null {
  const shown = saved.filter((search) => seesAll || isOpen(search));
  const filled = filledIn(fields);
  const canSave = canChange && Object.keys(filled).length > 0;
  if (shown.length === 0 && !canSave) return null;
  return (
    <section id="saved" aria-labelledby="saved-title">
      <h2 id="saved-title">Saved searches</h2>
      {shown.length > 0 && (
        <ul>
          {shown.map((search) => (
            <li key={search.name}>
              <Saved search={search} now={now} canChange={canChange} />
            </li>
          ))}
        </ul>
      )}
      {canSave && <SaveForm filled={filled} />}
    </section>
  );
}

/** What is sought in errors and data may be what is encrypted there. */
function isOpen({ fields }: SavedSearch): boolean {
  return fields['error'] === undefined && fields['value'] === undefined;
}

function Saved(props: { search: SavedSearch; now: number; canChange: boolean }): VNode {
  const { name, fields, by, at } = props.search;
  return (
    <>
      <a href={searchAddress(fields)}>{name}</a>{' '}
      <span class="muted">
        by {by}, <When at={at} now={props.now} />
      </span>{' '}
      {props.canChange && (
        <form method="post" action={actionAddress('searches', 'remove')} class="action">
          <input type="hidden" name="name" value={name} />
          <button type="submit" aria-label={`Remove the search ${name}`}>
            Remove
          </button>
        </form>
      )}
    </>
  );
}

function SaveForm({ filled }: { filled: Readonly<Record<string, string>> }): VNode {
  return (
    <form method="post" action={actionAddress('searches')} class="fields">
      {Object.entries(filled).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <div>
        <label for="saved-name">Save what is filled in, as</label>
        <input type="text" id="saved-name" name="name" required maxLength={80} autocomplete="off" />
      </div>
      <button type="submit">Save</button>
    </form>
  );
}

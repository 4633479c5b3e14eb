import type { VNode } from 'preact';
import type { SavedSearch } from '../../../inspector/inspector.ts';
import { actionAddress, searchAddress } from '../addresses.ts';
import { canChangeIn, type Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { filledIn, type SearchFields } from './search-fields.ts';

/** What is shown of saved searches. */
export interface SavedSectionProps {
  saved: readonly SavedSearch[];
  /** What is filled in now, which can be saved. */
  fields: SearchFields;
  visit: Visit;
  /** Whether searches of a queue are shown that have something in them that may be private. */
  seesAll: (queue: string) => boolean;
}

/** The searches that people have saved for all, and the form that saves this one. */
export function SavedSection({ saved, fields, visit, seesAll }: SavedSectionProps): VNode | null {
  const shown = saved.filter((search) => isOpen(search) || seesAll(queueOf(search)));
  const filled = filledIn(fields);
  const canSave = canChangeIn(visit, fields.queue) && Object.keys(filled).length > 0;
  if (shown.length === 0 && !canSave) return null;
  return (
    <section id="saved" aria-labelledby="saved-title">
      <h2 id="saved-title">Saved searches</h2>
      {shown.length > 0 && (
        <ul>
          {shown.map((search) => (
            <li key={search.name}>
              <Saved search={search} visit={visit} />
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

/** Empty where it is one of none. */
function queueOf({ fields }: SavedSearch): string {
  return fields['queue'] ?? '';
}

function Saved({ search, visit }: { search: SavedSearch; visit: Visit }): VNode {
  const { name, fields, by, at } = search;
  return (
    <>
      <a href={searchAddress(fields)}>{name}</a>{' '}
      <span class="muted">
        by {by}, <When at={at} now={visit.now} />
      </span>{' '}
      {canChangeIn(visit, queueOf(search)) && (
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

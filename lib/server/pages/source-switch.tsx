import type { VNode } from 'preact';
import { LEADS_ELSEWHERE, sourceBase } from './source-address.ts';
import type { ShownSource } from './visit.ts';

/** Leads from a page to the same page of the other Redis servers; it is there where there are others. */
export function SourceSwitch({ source, path }: { source: ShownSource; path: string }): VNode {
  return (
    <nav aria-label="Redis servers" class="sources">
      <details>
        <summary>
          Redis: <strong>{source.name}</strong>
        </summary>
        <ul>
          {source.all.map(({ name, isOwn, readOnly }) => (
            <li key={name}>
              <a
                {...LEADS_ELSEWHERE}
                href={`${isOwn ? '' : sourceBase(name)}${path}`}
                aria-current={name === source.name ? 'true' : undefined}
              >
                {name}
                {readOnly && <span class="note"> (read-only)</span>}
              </a>
            </li>
          ))}
        </ul>
      </details>
    </nav>
  );
}

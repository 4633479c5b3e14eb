import type { VNode } from 'preact';
import type { Troubles } from './overview-facts.ts';

/** What could not be read, and what to do about it: it is missing in all else that the page shows. */
export function TroublesSection({ unreadable, troubles }: Troubles): VNode {
  return (
    <section id="troubles" aria-labelledby="troubles-title">
      <h2 id="troubles-title">Cannot be read</h2>
      <ul class="inside">
        {unreadable.map(({ name, reason }) => (
          <li key={name} class="bad-text">
            Queue {name}: {reason}.
          </li>
        ))}
        {troubles.map((trouble) => (
          <li key={trouble} class="bad-text">
            {trouble}
          </li>
        ))}
      </ul>
    </section>
  );
}

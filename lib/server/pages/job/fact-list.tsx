import type { ComponentChildren, VNode } from 'preact';

/** A name, and what is so; null for what is not. */
export type Fact = readonly [name: string, value: ComponentChildren];

/** Facts of a job under their names; those that are not so are left out. */
export function FactList({ id, facts }: { id: string; facts: readonly Fact[] }): VNode {
  return (
    <dl class="facts" id={id}>
      {facts
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
    </dl>
  );
}

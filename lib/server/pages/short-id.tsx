import type { VNode } from 'preact';

/** An id up to this length fits a line, as ours do; of a longer one its begin and its end are shown. */
const WHOLE = 24;
const TAIL = 10;

/**
 * An id that is cut short to the eye where it is long, by the stylesheet: its text is whole, for who copies or hears
 * it, and shows when it is pointed at.
 */
export function ShortId({ id }: { id: string }): VNode {
  const characters = [...id];
  if (characters.length <= WHOLE) return <>{id}</>;
  return (
    <span class="short" title={id}>
      <span>{characters.slice(0, -TAIL).join('')}</span>
      {characters.slice(-TAIL).join('')}
    </span>
  );
}

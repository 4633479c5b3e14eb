import type { VNode } from 'preact';

/** An id up to this length fits a line; of a longer one the end is what tells it from others. */
const WHOLE = 16;
const TAIL = 8;

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

import type { ComponentChildren, VNode } from 'preact';

/** Lets a table without links be scrolled by the keyboard where it is wider than the screen. */
export function WideTable({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by the keyboard.
    <figure class="scroller" tabIndex={0} aria-label={label}>
      {children}
    </figure>
  );
}

import type { ComponentChildren, VNode } from 'preact';

/** Text as it was written, such as JSON or a stack; where it is larger than its room, the keyboard scrolls it. */
export function TextBlock(props: { label: string; className?: string; children: ComponentChildren }): VNode {
  const { label, className, children } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by the keyboard.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be for controls.
    <pre class={className} tabIndex={0} role="group" aria-label={label}>
      {children}
    </pre>
  );
}

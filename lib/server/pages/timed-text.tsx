import type { VNode } from 'preact';

const ISO_TIME = /(\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)/;

/** A text of ours for people, the times in it as such, so that a script may show them in the zone of the reader. */
export function TimedText({ text }: { text: string }): VNode {
  // Every other part is what was split by.
  const parts = text.split(ISO_TIME);
  return <>{parts.map((part, at) => (at % 2 === 0 ? part : <time dateTime={part}>{part}</time>))}</>;
}

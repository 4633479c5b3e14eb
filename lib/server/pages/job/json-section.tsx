import type { VNode } from 'preact';
import { numberText } from '../../../texts.ts';
import { TextBlock } from '../text-block.tsx';
import { toJsonText } from './json-text.ts';

/** A value of a job, and where all of it is. */
export interface JsonSectionProps {
  /** Unique on the page. */
  id: string;
  title: string;
  value: unknown;
  /** Where the whole job is shown as JSON. */
  wholeAddress: string;
}

/** Shows a value as JSON; a long one is cut, with a link to the whole. */
export function JsonSection({ id, title, value, wholeAddress }: JsonSectionProps): VNode {
  const { text, cutOf } = toJsonText(value);
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div class="inside">
        <TextBlock label={title}>{text}</TextBlock>
        {cutOf !== null && (
          <p>
            The first {numberText(text.length)} of {numberText(cutOf)} characters.{' '}
            <a href={wholeAddress}>The whole job as JSON</a>
          </p>
        )}
      </div>
    </section>
  );
}

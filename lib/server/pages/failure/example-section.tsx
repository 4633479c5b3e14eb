import type { VNode } from 'preact';
import type { ErrorInfo } from '../../../inspector/inspector.ts';
import { TextBlock } from '../text-block.tsx';
import { stackLines } from './stack-lines.ts';

/** The newest error of a kind, with its stack: what is of the program itself stands out. */
export function ExampleSection({ example }: { example: ErrorInfo }): VNode {
  const { name, code, message, stack } = example;
  const lines = stack === null ? [] : stackLines(stack);
  return (
    <section id="example" aria-labelledby="example-title">
      <header>
        <h2 id="example-title">The newest of these errors</h2>
        {lines.some(({ isOwn }) => isOwn) && <p class="aside">▸ marks frames of the program itself</p>}
      </header>
      <p>
        <strong class="bad-text">{name}</strong>
        {code !== undefined && <code> {code}</code>}: {message}
      </p>
      {lines.length > 0 && (
        <TextBlock label="Stack" className="inside">
          {lines.map(({ text, isOwn }) => (
            <>
              {isOwn ? <b>▸ {text.trimStart()}</b> : text}
              {'\n'}
            </>
          ))}
        </TextBlock>
      )}
    </section>
  );
}

import type { VNode } from 'preact';
import { TextBlock } from '../text-block.tsx';

/** Shown while there was no job ever; the same as in README.md. */
const EXAMPLE = `curl -X POST localhost:8080/v1/jobs -H 'content-type: application/json' \\
  -d '{"type":"webhook","data":{"url":"http://127.0.0.1:9099/x","body":{"hello":"world"}}}'`;

/** Says what to do where there are no jobs yet. */
export function EmptySection(): VNode {
  return (
    <section id="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">No jobs yet</h2>
      <div class="inside">
        <p>
          It is all here and waits. Hand in a job, for example an HTTP delivery to something that listens:
        </p>
        <TextBlock label="Example">{EXAMPLE}</TextBlock>
        <p>It appears here within a few seconds.</p>
      </div>
    </section>
  );
}

import type { VNode } from 'preact';
import type { ErrorInfo, JobInfo } from '../../../inspector/inspector.ts';
import { durationText } from '../../../texts.ts';
import { Moment } from '../when.tsx';

/** The errors of a job, newest first, each with its stack. */
export function ErrorsSection({ errors }: Pick<JobInfo, 'errors'>): VNode {
  return (
    <section aria-labelledby="errors-title">
      <h2 id="errors-title">Errors, newest first</h2>
      <ol id="errors">
        {errors.map((error, at) => (
          <li key={at}>
            <OneError error={error} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function OneError({ error }: { error: ErrorInfo }): VNode {
  const { name, code, message, causes = [], stack, attempt, at, worker, durationMs } = error;
  return (
    <>
      <strong class="bad-text">{name}</strong>
      {code !== undefined && <code> {code}</code>}: {message}
      {causes.map((cause, place) => (
        <span class="note" key={place}>
          caused by {cause.name}
          {cause.code !== undefined && <code> {cause.code}</code>}: {cause.message}
        </span>
      ))}
      <span class="note">
        {attempt === null ? 'attempt unknown' : `attempt ${attempt}`}
        {at !== null && (
          <>
            , <Moment at={at} />
          </>
        )}
        {durationMs !== null && `, after ${durationText(durationMs)}`}
        {worker !== null && `, in ${worker}`}
      </span>
      {stack !== null && (
        <details>
          <summary>
            Stack<span class="unseen"> of {attempt === null ? 'this error' : `attempt ${attempt}`}</span>
          </summary>
          <pre>{stack}</pre>
        </details>
      )}
    </>
  );
}

import type { VNode } from 'preact';
import { type ErrorInfo, failureOfJob, type JobInfo } from '../../../inspector/inspector.ts';
import { durationText } from '../../../texts.ts';
import { failureAddress } from '../addresses.ts';
import { TextBlock } from '../text-block.tsx';
import { Moment } from '../when.tsx';

/** The errors of a job, newest first, each with its stack. */
export function ErrorsSection({ job }: { job: JobInfo }): VNode {
  const { queue, errors } = job;
  const fingerprint = failureOfJob(job);
  return (
    <section aria-labelledby="errors-title">
      <header>
        <h2 id="errors-title">Errors, newest first</h2>
        {fingerprint !== null && (
          <p class="aside">
            <a href={failureAddress(queue, fingerprint)}>Others that failed so</a>
          </p>
        )}
      </header>
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
  const { name, code, message, causes = [], stack, attempt } = error;
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
      <Circumstances error={error} />
      {stack !== null && (
        <details>
          <summary>
            Stack<span class="unseen"> of {attempt === null ? 'this error' : `attempt ${attempt}`}</span>
          </summary>
          <TextBlock label="Stack">{stack}</TextBlock>
        </details>
      )}
    </>
  );
}

/** When and where it came, as far as that is known. */
function Circumstances({ error }: { error: ErrorInfo }): VNode {
  const { attempt, at, durationMs, worker, version } = error;
  return (
    <span class="note">
      {attempt === null ? 'attempt unknown' : `attempt ${attempt}`}
      {at !== null && (
        <>
          , <Moment at={at} />
        </>
      )}
      {durationMs !== null && `, after ${durationText(durationMs)}`}
      {worker !== null && `, in ${worker}`}
      {version !== undefined && `, version ${version}`}
    </span>
  );
}

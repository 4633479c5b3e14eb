import type { VNode } from 'preact';
import {
  CASE_VERDICTS,
  type CaseVerdict,
  type FailureCase,
  MOST_PER_MINUTE,
} from '../../../inspector/inspector.ts';
import { countText } from '../../../texts.ts';
import { actionAddress, CONFIRM_ADDRESS } from '../addresses.ts';
import { TargetForm } from '../runs/target-form.tsx';
import { FAILURE_FIELDS } from './failure-form.ts';

const DEFAULT_PER_MINUTE = 10;
const MOST_NOTE = 500;

/** What is to be said of a kind of failure in words, and how fast its jobs are to run again. */
export function FailureForms(props: { queue: string; found: FailureCase }): VNode {
  return (
    <section id="say" aria-labelledby="say-title">
      <h2 id="say-title">Say how it stands</h2>
      <SayForm {...props} />
      {props.found.count > 0 && <SlowlyForm {...props} />}
      {props.found.count > 0 && <MoveForm {...props} />}
    </section>
  );
}

function SayForm({ queue, found: { fingerprint, mark } }: { queue: string; found: FailureCase }): VNode {
  return (
    <form
      method="post"
      action={actionAddress('queues', queue, 'failures', fingerprint, 'mark')}
      class="fields"
      data-action
    >
      <VerdictField said={mark?.verdict ?? 'open'} />
      <label for="say-version">
        In version, where resolved
        <input id="say-version" name={FAILURE_FIELDS.version} value={mark?.version ?? ''} size={14} />
      </label>
      <label for="say-note">
        Why, or what to do
        <textarea id="say-note" name={FAILURE_FIELDS.note} rows={2} cols={50} maxLength={MOST_NOTE}>
          {mark?.note ?? ''}
        </textarea>
      </label>
      <button type="submit">Say so</button>
    </form>
  );
}

function VerdictField({ said }: { said: CaseVerdict }): VNode {
  return (
    <label for="say-verdict">
      It is
      <select id="say-verdict" name={FAILURE_FIELDS.verdict}>
        {CASE_VERDICTS.map((verdict) => (
          <option key={verdict} value={verdict} selected={verdict === said}>
            {verdict}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Moves all jobs that failed so, once their number was said. */
function MoveForm({ queue, found: { fingerprint } }: { queue: string; found: FailureCase }): VNode {
  const fields = { queue, state: 'failed', operation: 'move', which: 'all', fingerprint };
  return <TargetForm action={CONFIRM_ADDRESS} fields={fields} label="Move them to queue" />;
}

function SlowlyForm({ queue, found }: { queue: string; found: FailureCase }): VNode {
  const { fingerprint, count, scanned, total } = found;
  const jobs = `${countText(count, 'job')}${scanned < total ? ' or more' : ''}`;
  return (
    <form
      method="post"
      action={actionAddress('queues', queue, 'failures', fingerprint, 'retry')}
      class="fields"
      data-action
      data-confirm={`Retry ${jobs} of queue ${queue}, one after the other? Each gets one further attempt.`}
    >
      <label for="slowly-per-minute">
        Retries a minute
        <input
          id="slowly-per-minute"
          name={FAILURE_FIELDS.perMinute}
          type="number"
          min={1}
          max={MOST_PER_MINUTE}
          value={DEFAULT_PER_MINUTE}
          required
        />
      </label>
      <button type="submit">Retry slowly</button>
    </form>
  );
}

import type { VNode } from 'preact';
import type { JobInfo } from '../../../inspector/inspector.ts';
import { actionAddress } from '../addresses.ts';
import { SIGNAL_FIELD } from '../signal-action.ts';

/** Gives a job the signals that it waits for: a form for each, with its data. */
export function SignalSection({ job }: { job: Pick<JobInfo, 'queue' | 'id' | 'awaits'> }): VNode | null {
  const { queue, id, awaits } = job;
  if (awaits === null || awaits.length === 0) return null;
  return (
    <section id="signals" aria-labelledby="signals-title">
      <h2 id="signals-title">Give it a signal</h2>
      {awaits.map((signal, at) => (
        <form
          key={signal}
          method="post"
          action={actionAddress('queues', queue, 'jobs', id, 'signals', signal)}
          id={`signal-${at}`}
          class="fields"
          data-action
          data-confirm={`Give job ${id} the signal ${signal}? The first one counts.`}
        >
          <label for={`signal-data-${at}`}>
            Data of {signal}, as JSON; nothing is null
            <textarea id={`signal-data-${at}`} name={SIGNAL_FIELD} rows={2} cols={50} spellcheck={false} />
          </label>
          <button type="submit">Give signal {signal}</button>
        </form>
      ))}
    </section>
  );
}

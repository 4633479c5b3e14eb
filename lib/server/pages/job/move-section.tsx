import type { VNode } from 'preact';
import type { JobInfo } from '../../../inspector/inspector.ts';
import { appliesTo } from '../../../inspector/operations.ts';
import { CONFIRM_ADDRESS } from '../addresses.ts';
import { TargetForm } from '../runs/target-form.tsx';

/** Moves a job to another queue: the page that it leads to says what is to be known before. */
export function MoveSection({ job }: { job: Pick<JobInfo, 'queue' | 'id' | 'state'> }): VNode | null {
  const { queue, id, state } = job;
  if (!appliesTo('move', state)) return null;
  const fields = { queue, state, operation: 'move', which: 'chosen', job: JSON.stringify([queue, id]) };
  return (
    <section id="move" aria-labelledby="move-title">
      <h2 id="move-title">Move it to another queue</h2>
      <TargetForm action={CONFIRM_ADDRESS} fields={fields} />
    </section>
  );
}

import type { VNode } from 'preact';
import { durationText, numberText } from '../../../texts.ts';
import type { SeenOutbox } from '../../seen-outbox.ts';

/** The outbox of a database: how much waits there to be sent to Redis. */
export function OutboxSection({ outbox: { rows, lagMs, aside } }: { outbox: SeenOutbox }): VNode {
  return (
    <section id="outbox" aria-labelledby="outbox-title">
      <h2 id="outbox-title">Outbox</h2>
      <dl class="facts">
        <dt>Rows that wait</dt>
        <dd>{numberText(rows)}</dd>
        <dt>The oldest waits for</dt>
        <dd>{rows === 0 ? 'nothing waits' : durationText(lagMs)}</dd>
        <dt>Set aside</dt>
        <dd>{aside === 0 ? 'none' : `${numberText(aside)}, each with its reason in the table of these`}</dd>
      </dl>
    </section>
  );
}

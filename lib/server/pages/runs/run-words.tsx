import type { VNode } from 'preact';
import type { BulkName } from '../../../inspector/bulk-operations.ts';
import type { BulkRunInfo, BulkRunOrder, BulkRunStatus } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';

/** What the operations on many jobs are called on a button. */
export const OPERATION_WORDS: Readonly<Record<BulkName, string>> = {
  retry: 'Retry',
  promote: 'Promote',
  cancel: 'Cancel',
  archive: 'Archive',
  move: 'Move',
  remove: 'Remove',
};

/** Which of them destroy something. */
export const GRAVE: ReadonlySet<BulkName> = new Set(['cancel', 'archive', 'remove']);

const TONES: Readonly<Record<BulkRunStatus, string>> = {
  waiting: '',
  running: '',
  stopping: 'warn',
  done: 'good',
  stopped: 'warn',
  failed: 'bad',
};

/** How a run stands, in a word. */
export function RunMark({ status }: { status: BulkRunStatus }): VNode {
  return <span class={`mark ${TONES[status]}`}>{status}</span>;
}

/** Whether a run may change any more. */
export function isOpen({ endedAt }: BulkRunInfo): boolean {
  return endedAt === null;
}

/** What a run does, in a heading: `Retry failed jobs of queue mail`. */
export function runTitle({ operation, dryRun, chosen, queue, state, to }: BulkRunInfo): string {
  const what = chosen === null ? `${state} jobs of queue ${queue}` : countText(chosen, 'chosen job');
  return dryRun ? `Count ${what}` : `${OPERATION_WORDS[operation]} ${what}${whereTo(to)}`;
}

/** Where jobs are moved to, behind what is moved; nothing for what moves none. */
export function whereTo(to: string | null | undefined): string {
  return to === null || to === undefined ? '' : ` to queue ${to}`;
}

/** What has come of it: `1,203 of 1,210 jobs were retried`. */
export function runText({ dryRun, matched, done, endedAt }: BulkRunInfo, doneWord: string): string {
  if (matched === 0 && endedAt === null) return 'Nothing is done yet.';
  if (dryRun) return `Found ${countText(matched, 'job')}.`;
  return `${numberText(done)} of ${countText(matched, 'job')} ${done === 1 ? 'was' : 'were'} ${doneWord}.`;
}

/** What the jobs have in common that a run is about, as facts; what may be private only for those who see all. */
export function CriteriaFacts({
  queue,
  state,
  filter = {},
  seesAll,
}: Pick<BulkRunOrder, 'queue' | 'state' | 'filter'> & { seesAll: boolean }): VNode {
  const { type, key, error, field, fingerprint } = filter;
  const shown = (text: string): string => (seesAll ? text : '(only shown to operators)');
  return (
    <dl class="facts">
      <dt>Queue</dt>
      <dd>{queue}</dd>
      <dt>State</dt>
      <dd>{state}</dd>
      {type !== undefined && <Fact name="Type" text={type} />}
      {key !== undefined && <Fact name="Key" text={key} />}
      {fingerprint !== undefined && <Fact name="Kind of failure" text={fingerprint} />}
      {error !== undefined && <Fact name="Part of the newest error" text={shown(error)} />}
      {field !== undefined && <Fact name={`Data at ${field.path}`} text={shown(field.value)} />}
    </dl>
  );
}

function Fact({ name, text }: { name: string; text: string }): VNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}

import type { Inspector } from '../../inspector/inspector.ts';
import { JOB_OPERATIONS, type JobOperationName, operate } from '../../inspector/operations.ts';
import { type AuditAction, QUEUE_OPERATIONS } from '../../inspector/queue-operations.ts';
import { countText } from '../../texts.ts';
import { changed } from '../change.ts';
import type { Call } from '../command.ts';

/** What somebody is about to change: a queue, all failed jobs of a kind, or one job. */
export type Act =
  | { kind: 'queue'; name: 'pause' | 'resume'; queue: string }
  | { kind: 'failures'; queue: string; fingerprint: string; count: number; isMore: boolean }
  | { kind: 'job'; name: JobOperationName; queue: string; id: string };

/** Says what an act does, in words that may be followed by a question mark. */
export function actText(act: Act): string {
  switch (act.kind) {
    case 'queue':
      return `${act.name} queue ${act.queue}`;
    case 'failures': {
      const most = act.isMore ? ' or more' : '';
      return `retry ${countText(act.count, 'job')}${most} of queue ${act.queue} that failed so`;
    }
    case 'job':
      return `${JOB_OPERATIONS[act.name].action} job ${act.id} of queue ${act.queue}`;
    default:
      return act satisfies never;
  }
}

/** Does it in the name of who runs the command, notes it as every change, and resolves with what is to be said. */
export async function carryOut(call: Call, inspector: Inspector, act: Act): Promise<string> {
  if (call.shared.dryRun) return `it would ${actText(act)}; nothing is changed with --dry-run`;
  const { action, work } = deedOf(act, inspector, call.by);
  const { queue } = act;
  const id = act.kind === 'job' ? act.id : null;
  const { text } = await changed(call, inspector, { action, queue, id }, work, textOf);
  return text;
}

/** An operation, by its name in the audit stream. */
interface Deed {
  action: AuditAction;
  work: () => Promise<{ text: string }>;
}

function deedOf(act: Act, inspector: Inspector, by: string): Deed {
  const { queue } = act;
  switch (act.kind) {
    case 'queue': {
      const { action, run } = QUEUE_OPERATIONS[act.name];
      return { action, work: () => run(inspector, { queue, by }) };
    }
    case 'failures': {
      const { action, run } = QUEUE_OPERATIONS.retryFailures;
      const { fingerprint } = act;
      return { action, work: () => run(inspector, { queue, by }, { fingerprint }) };
    }
    case 'job': {
      const { name, id } = act;
      return { action: JOB_OPERATIONS[name].action, work: () => operate(inspector, name, { queue, id, by }) };
    }
    default:
      return act satisfies never;
  }
}

function textOf({ text }: { text: string }): string {
  return text;
}

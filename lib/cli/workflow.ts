import type { Inspector, WorkflowInfo } from '../inspector/inspector.ts';
import { WORKFLOW_OPERATIONS } from '../inspector/workflow-operations.ts';
import { changed } from './change.ts';
import { type Call, defineCommand } from './command.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import { show, showDry, when } from './show.ts';
import { type Column, factsText, tableText } from './table.ts';
import { flag, one, text } from './values.ts';
import { type TreeLine, treeLines } from './workflow-tree.ts';

/** `apiary workflow`: shows a workflow as a tree, cancels it, retries its failed steps, or runs a step again. */
export const workflow = defineCommand({
  takes: { id: one('the workflow') },
  options: {
    queue: text('name', 'the queue that keeps it, where several have one of this id'),
    cancel: flag('cancel it: no step starts any more'),
    retry: flag('offer its failed steps again'),
    rerun: text('step', 'run this step again, which has ended, and all that come after it'),
  },
  run: async (call, { id, queue, cancel, retry, rerun }) => {
    if ([cancel, retry, rerun !== undefined].filter(Boolean).length > 1)
      throw new CommandFailure(EXIT.wrongUse, '--cancel, --retry and --rerun exclude each other');
    const { inspector } = await call.open();
    const found = await findWorkflow(inspector, id, queue);
    if (cancel) return cancelIt(call, inspector, found);
    if (retry) return retryIt(call, inspector, found);
    if (rerun !== undefined) return rerunIt(call, inspector, { ...found, step: rerun });
    return show(call, found, () => workflowText(call, found));
  },
});

async function findWorkflow(
  inspector: Inspector,
  id: string,
  queue: string | undefined,
): Promise<WorkflowInfo> {
  const found = await (queue === undefined ? inspector.workflow(id) : inspector.workflows.get(queue, id));
  if (found) return found;
  const where = queue === undefined ? 'there is' : `queue ${queue} has`;
  throw new CommandFailure(EXIT.notFound, `${where} no workflow ${id}, or none any more`);
}

async function cancelIt(call: Call, inspector: Inspector, { queue, id }: WorkflowInfo): Promise<ExitCode> {
  if (call.shared.dryRun) return showDry(call, `workflow ${id} of queue ${queue} would be cancelled`);
  const { action, run } = WORKFLOW_OPERATIONS.cancel;
  const work = () => run(inspector, { queue, workflow: id, by: call.by });
  const done = await changed(call, inspector, { action, queue, id }, work, (told) => told.text);
  return show(call, { queue, id, cancelled: done.cancelled }, () => `${done.text}\n`);
}

async function retryIt(call: Call, inspector: Inspector, { queue, id }: WorkflowInfo): Promise<ExitCode> {
  if (call.shared.dryRun)
    return showDry(call, `the failed steps of workflow ${id} of queue ${queue} would be retried`);
  const { action, run } = WORKFLOW_OPERATIONS.retry;
  const work = () => run(inspector, { queue, workflow: id, by: call.by });
  const done = await changed(call, inspector, { action, queue, id }, work, (told) => told.text);
  return show(call, { queue, id, retried: done.retried }, () => `${done.text}\n`);
}

async function rerunIt(
  call: Call,
  inspector: Inspector,
  { queue, id, step }: Pick<WorkflowInfo, 'queue' | 'id'> & { step: string },
): Promise<ExitCode> {
  if (call.shared.dryRun)
    return showDry(call, `step ${step} of workflow ${id} of queue ${queue} would run again`);
  const { action, run } = WORKFLOW_OPERATIONS.rerun;
  const work = () => run(inspector, { queue, workflow: id, by: call.by }, { step });
  const done = await changed(call, inspector, { action, queue, id }, work, (told) => told.text);
  return show(call, { queue, id, steps: done.steps }, () => `${done.text}\n`);
}

function workflowText(call: Call, found: WorkflowInfo): string {
  const { id, queue, state, total, open, failed, retryable, createdAt, endedAt, deadlineAt } = found;
  const facts = factsText([
    ['workflow', id],
    ['queue', queue],
    ['state', state],
    ['added', when(call, createdAt)],
    ['ended', endedAt === null ? null : when(call, endedAt)],
    ['deadline', deadlineAt === null ? null : when(call, deadlineAt)],
    ['steps', `${total}, of which ${open} have not ended`],
    ['failed', failed === 0 ? null : `${failed}, of which ${retryable} can be retried`],
  ]);
  return `${facts}\n${tableText(COLUMNS, treeLines(found), call.terminal.columns)}`;
}

const COLUMNS: readonly Column<TreeLine>[] = [
  { head: 'STEP', cell: ({ branch, step }) => branch + step.name },
  { head: 'STATE', cell: ({ step }) => step.state },
  { head: 'TYPE', cell: ({ step }) => ('type' in step ? step.type : 'workflow') },
  { head: 'JOB', cell: ({ step }) => ('id' in step ? step.id : '') },
  { head: 'AFTER', cell: ruleText },
];

/** What the tree does not say of when it comes: its rule, and the steps that it does not stand below. */
function ruleText({ step, others }: TreeLine): string {
  const also = others.length === 0 ? '' : `also ${others.join(', ')}`;
  return [step.when === 'succeeded' ? '' : `when ${step.when}`, also].filter(Boolean).join(', ');
}

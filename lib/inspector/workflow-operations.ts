import { ApiaryError } from '../errors.ts';
import type { Inspector } from './inspector.ts';
import { type Operation, said, told } from './told.ts';

/** A workflow, by the queue that keeps it. */
export interface WorkflowTarget {
  queue: string;
  by: string;
  workflow: string;
}

/** Every operation on a workflow. */
export const WORKFLOW_OPERATIONS = {
  cancel: {
    action: 'cancel workflow',
    summary:
      'Cancels a workflow: no step starts any more, and the jobs of those that have started are cancelled.',
    run: async ({ workflows }: Inspector, { queue, workflow, by }: WorkflowTarget) => {
      const cancelled = await workflows.cancel(queue, workflow, by);
      if (cancelled === null) throw noWorkflow({ queue, workflow });
      return { ...said(`Workflow ${workflow} is cancelled, with ${cancelled} jobs of it.`), cancelled };
    },
  },
  retry: {
    action: 'retry workflow',
    summary:
      'Offers the failed steps of a workflow again; what was skipped because of them has its turn again.',
    run: async ({ workflows }: Inspector, { queue, workflow }: WorkflowTarget) => {
      const retried = await workflows.retry(queue, workflow);
      if (retried === null) throw noWorkflow({ queue, workflow });
      const instead = `no step of workflow ${workflow} has failed and is kept`;
      return {
        ...told(retried.length > 0, `Steps that will run again: ${retried.join(', ')}.`, instead),
        retried,
      };
    },
  },
  rerun: {
    action: 'rerun step',
    summary: 'Runs a step of a workflow again that has ended, and all that come after it, as new jobs.',
    run: async (
      { workflows }: Inspector,
      { queue, workflow }: WorkflowTarget,
      { step }: { step: string },
    ) => {
      const rerun = await workflows.rerun(queue, workflow, step);
      if (rerun.done)
        return { ...said(`Steps that will run again: ${rerun.steps.join(', ')}.`), steps: rerun.steps };
      if (rerun.why === 'none')
        throw new ApiaryError(
          'JOB_NOT_FOUND',
          `queue ${queue} has no workflow ${workflow} with a step ${step}`,
        );
      const message = `step ${step} of workflow ${workflow} has not ended, or one after it has not`;
      throw new ApiaryError('JOB_STATE_FORBIDS', message);
    },
  },
} as const satisfies Record<string, Operation<WorkflowTarget>>;

function noWorkflow({ queue, workflow }: Pick<WorkflowTarget, 'queue' | 'workflow'>): ApiaryError {
  return new ApiaryError(
    'JOB_NOT_FOUND',
    `queue ${queue} has no workflow ${workflow}, or not all of it is stored`,
  );
}

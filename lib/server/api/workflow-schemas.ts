import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { StepInfo, SubWorkflowInfo, WorkflowInfo, WorkflowSummary } from '../../inspector/inspector.ts';
import { MOST_DEPTH, MOST_STEPS } from '../../jobs/step-graph.ts';
import type { AddedWorkflow } from '../../jobs/workflow.ts';
import { newJobSchema, state, warningsSchema } from './api-schemas.ts';
import { count, durationMs, epochMs, label, momentValue, nameText } from './schema-parts.ts';

const rule = z.enum(['succeeded', 'ended', 'any', 'failed']);
const policy = z.enum(['continue', 'stop']);
const stepNames = z.array(nameText()).max(MOST_STEPS);

const tieFields = {
  after: stepNames.optional().meta({
    description: 'the steps and sub-workflows that it comes after; those stand before it',
  }),
  when: rule.optional().meta({
    description:
      'once all those before it have succeeded, which is the default, or ended; or any, or one has failed',
  }),
};

/** A step of a workflow that is to be added. */
export const newStepSchema = closedObject({
  name: nameText().meta({ description: 'its own in the workflow, without slashes, quotes and backslashes' }),
  ...newJobSchema.shape,
  ...tieFields,
  reads: stepNames.optional().meta({ description: 'further steps whose results it is to be given' }),
}).meta({ id: 'NewStep' });

/** Each is checked by itself: as the one or the other, and so that what is wrong is told with its place. */
const newNodes = z
  .array(
    z.unknown().meta({
      oneOf: [{ $ref: '#/components/schemas/NewStep' }, { $ref: '#/components/schemas/NewSubWorkflow' }],
    }),
  )
  .min(1)
  .max(MOST_STEPS);

/** A sub-workflow of a workflow that is to be added; what is in it is still to be checked. */
export const newSubWorkflowSchema = closedObject({
  name: nameText().meta({ description: 'its own among those beside it; stands before those of its steps' }),
  ...tieFields,
  steps: newNodes.meta({ description: `what is in it, nested up to ${MOST_DEPTH} deep` }),
}).meta({ id: 'NewSubWorkflow' });

/** A workflow that is to be added; its steps are still to be checked. */
export const newWorkflowSchema = closedObject({
  id: label.optional().meta({ description: 'your own; counts in the queue of the first step' }),
  steps: newNodes,
  onFailure: policy.optional().meta({
    description:
      'continue, the default: only the rules count; stop: nothing starts any more that waits for a success',
  }),
  deadlineAt: momentValue().optional().meta({ description: 'from then on no step starts or runs' }),
}).meta({ id: 'NewWorkflow' });

const address = z.strictObject({ id: z.string(), queue: z.string(), type: z.string() });

/** The answer to an added workflow. */
export const addedWorkflowSchema = z
  .strictObject({
    id: z.string(),
    queue: z.string().meta({ description: 'the queue that keeps it, which is that of its first step' }),
    created: z.boolean().meta({ description: 'false when all of it was there' }),
    jobs: z.record(z.string(), address).meta({ description: 'the jobs of its steps, by their names' }),
    warnings: warningsSchema,
  } satisfies Record<keyof AddedWorkflow, z.ZodType>)
  .meta({ id: 'AddedWorkflow' });

const summaryFields = {
  id: z.string(),
  queue: z.string(),
  state: z.enum(['adding', 'running', 'succeeded', 'failed', 'cancelled', 'expired']),
  onFailure: policy,
  total: count,
  added: count,
  open: count.meta({ description: 'how many steps have not ended' }),
  failed: count,
  retryable: count.meta({ description: 'those of the failed that are kept' }),
  createdAt: epochMs,
  endedAt: epochMs.nullable(),
  deadlineAt: epochMs.nullable(),
  goneInMs: durationMs.nullable().meta({ description: 'in how long it will be gone' }),
} satisfies Record<keyof WorkflowSummary, z.ZodType>;

const whereSchemas = {
  addedBy: z.string().nullable().meta({ description: 'the step that has added it as it ran' }),
  within: z.string().nullable().meta({ description: 'the sub-workflow that it is in' }),
};

const subWorkflowSchema = z
  .strictObject({
    name: z.string(),
    state: z.enum(['awaiting', 'active', 'succeeded', 'failed', 'skipped']),
    when: rule,
    after: z.array(z.string()),
    ...whereSchemas,
  } satisfies Record<keyof SubWorkflowInfo, z.ZodType>)
  .meta({ id: 'SubWorkflow' });

const stepSchema = z
  .strictObject({
    name: z.string(),
    type: z.string(),
    queue: z.string(),
    id: z.string().meta({ description: 'of its job' }),
    state: z.enum([...state.options, 'awaiting', 'skipped']),
    when: rule,
    after: z.array(z.string()),
    ...whereSchemas,
  } satisfies Record<keyof StepInfo, z.ZodType>)
  .meta({ id: 'Step' });

/** A workflow without its steps. */
export const summarySchema = z.strictObject(summaryFields).meta({ id: 'WorkflowSummary' });
/** A workflow with its steps, and with what it has within it. */
export const workflowSchema = z
  .strictObject({
    ...summaryFields,
    steps: z.array(stepSchema),
    workflows: z.array(subWorkflowSchema).meta({ description: 'the workflows within it' }),
  } satisfies Record<keyof WorkflowInfo, z.ZodType>)
  .meta({ id: 'Workflow' });

/** The answer to a cancelled workflow. */
export const cancelledSchema = z
  .strictObject({
    queue: z.string(),
    id: z.string(),
    cancelled: count.meta({ description: 'how many jobs of it had started and were cancelled' }),
  })
  .meta({ id: 'CancelledWorkflow' });
/** The answer to a retried workflow. */
export const retriedSchema = z
  .strictObject({
    queue: z.string(),
    id: z.string(),
    retried: z.array(z.string()).meta({ description: 'the steps that are offered again' }),
  })
  .meta({ id: 'RetriedWorkflow' });

/** The answer where steps of a workflow run again. */
export const rerunSchema = z
  .strictObject({
    queue: z.string(),
    id: z.string(),
    steps: z.array(z.string()).meta({ description: 'the steps that run again' }),
  })
  .meta({ id: 'RerunWorkflow' });

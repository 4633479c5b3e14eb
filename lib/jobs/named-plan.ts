import type { StepRule } from '../engine/links/flow-rules.ts';
import { ApiaryError } from '../errors.ts';
import { jobFor, type PlannedJob } from './planned-job.ts';
import type {
  DescribePart,
  DescribeWorkflow,
  StepOptions,
  StepTies,
  WorkflowBuilder,
  WorkflowStep,
} from './workflow-builder.ts';
import { requireDescribing } from './workflow-plan.ts';
import { refusePromise } from './workflow-scope.ts';

/** What is said of a step or a sub-workflow where others are named by their names, as in what is sent. */
interface NamedTies {
  name: string;
  after?: readonly string[] | undefined;
  when?: StepRule | undefined;
}

/** A step, with its job in whatever form. */
export interface NamedStep<Job> extends NamedTies {
  reads?: readonly string[] | undefined;
  job: Job;
}

/** A sub-workflow, with all that is in it. */
export interface NamedPart<Job> extends NamedTies {
  steps: readonly NamedNode<Job>[];
}

/** A step or a sub-workflow. */
export type NamedNode<Job> = NamedStep<Job> | NamedPart<Job>;

/** Returns what describes a workflow of these; it throws JOB_INVALID, under this path, for a name that is not there. */
export function describeNamed(nodes: readonly NamedNode<PlannedJob>[], path = 'steps'): DescribePart {
  return ({ job, workflow }) => {
    const before = new Map<string, WorkflowStep>();
    for (const [at, node] of nodes.entries()) {
      const own = `${path}.${at}`;
      const after = stepsNamed(before, `${own}.after`, node.after);
      const ties = { after, when: node.when };
      if ('steps' in node) {
        before.set(node.name, workflow(node.name, describeNamed(node.steps, `${own}.steps`), ties));
        continue;
      }
      const { definition, data, options } = node.job;
      const reads = stepsNamed(before, `${own}.reads`, node.reads);
      before.set(node.name, job(node.name, definition, data, { ...options, ...ties, reads }));
    }
  };
}

function stepsNamed(
  before: ReadonlyMap<string, WorkflowStep>,
  path: string,
  names: readonly string[] = [],
): WorkflowStep[] {
  return names.map((name) => {
    const step = before.get(name);
    if (step) return step;
    const message = `${path} names ${name}, and no step before it has that name`;
    throw new ApiaryError('JOB_INVALID', message, { problems: [{ path, message }] });
  });
}

/** Has a workflow described and takes down what is said, to be checked where it is described again. */
export async function takeDown(call: string, describe: DescribeWorkflow): Promise<NamedNode<PlannedJob>[]> {
  requireDescribing(call, describe);
  const nodes: NamedNode<PlannedJob>[] = [];
  await describe(taker(nodes));
  return nodes;
}

function taker(nodes: NamedNode<PlannedJob>[]): WorkflowBuilder {
  return {
    job: (name, definition, data, { after, when, reads, ...options }: StepOptions = {}) => {
      nodes.push({
        name,
        ...ties({ after, when }),
        reads: namesOf(reads),
        job: jobFor(definition, data, options),
      });
      return { name };
    },
    workflow: (name, describe, options = {}) => {
      requireDescribing('workflow', describe);
      const steps: NamedNode<PlannedJob>[] = [];
      refusePromise(`steps.${name}`, describe(taker(steps)));
      nodes.push({ name, ...ties(options), steps });
      return { name };
    },
  };
}

function ties({ after, when }: StepTies): Pick<NamedTies, 'after' | 'when'> {
  return { after: namesOf(after), when };
}

function namesOf(steps: readonly WorkflowStep[] | undefined): string[] | undefined {
  return steps?.map(({ name }) => name);
}

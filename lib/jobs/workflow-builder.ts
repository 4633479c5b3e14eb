import type { StepRule } from '../engine/links/flow-rules.ts';
import type { JobDefinition } from './definition.ts';
import type { AddOptions } from './options.ts';

/** A step or sub-workflow of a workflow that is being described; others name it in `after` and `reads`. */
export interface WorkflowStep {
  readonly name: string;
}

/** When a step or a sub-workflow starts. */
export interface StepTies {
  /** The steps and sub-workflows that it comes after; default none: it starts with the workflow that it is in. */
  after?: readonly WorkflowStep[] | undefined;
  /**
   * When it starts: once those before it have all `succeeded`, which is the default, or have `ended` in whatever way;
   * as soon as `any` of them has succeeded, or one of them has `failed`. It is skipped once that cannot come any more.
   */
  when?: StepRule | undefined;
}

/** What may be said of a step: when it starts, and the options of its job. */
export interface StepOptions extends StepTies, Omit<AddOptions, 'id' | 'unique' | 'group'> {
  /**
   * Steps whose results it is to be given though they are far before it; it is given those of `after` in any case, and
   * of up to thirty of the nearest before these.
   */
  reads?: readonly WorkflowStep[] | undefined;
}

/** Describes a part of a workflow by calling what it is given, at once. */
export type DescribePart = (builder: WorkflowBuilder) => void;

/** What describes a workflow. */
export interface WorkflowBuilder {
  /**
   * Adds a step, whose name is its own in the workflow: as one of a type, without quotes and backslashes. Throws
   * JOB_INVALID for what cannot be.
   */
  job<Input>(
    name: string,
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options?: StepOptions,
  ): WorkflowStep;
  /**
   * Adds a sub-workflow: its steps have its name and a slash before their own, and name each other without. It starts
   * when those in `after` have ended as `when` says; else none of it does. It has ended when all of it has: failed
   * where a step has, else succeeded. May be nested, up to ten deep. Throws JOB_INVALID for what cannot be.
   */
  workflow(name: string, describe: DescribePart, options?: StepTies): WorkflowStep;
}

/** Describes a workflow by calling what it is given. */
export type DescribeWorkflow = (builder: WorkflowBuilder) => void | Promise<void>;

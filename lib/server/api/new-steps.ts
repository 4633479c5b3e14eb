import type { z } from 'zod';
import { ApiaryError, type FieldProblem } from '../../errors.ts';
import type { NamedNode } from '../../jobs/named-plan.ts';
import { type PlannedJob, refusal } from '../../jobs/planned-job.ts';
import { MOST_DEPTH, MOST_STEPS } from '../../jobs/step-graph.ts';
import { MOST_ERRORS } from '../problem.ts';
import { parse } from './api-route.ts';
import { type PlannedDeps, readPlanned } from './planned-job.ts';
import { newStepSchema, newSubWorkflowSchema } from './workflow-schemas.ts';

type NewStep = z.output<typeof newStepSchema>;
/** A sub-workflow, once all that is in it was found right. */
type NewPart = Omit<z.output<typeof newSubWorkflowSchema>, 'steps'> & { steps: NewNode[] };
type NewNode = NewStep | NewPart;

/** How many steps and sub-workflows were sent, right or wrong; counts no further than one more than there may be. */
export function countNewSteps(given: readonly unknown[]): number {
  return firstPaths(given).length;
}

/**
 * Reads the steps of a workflow that is to be added, with those of what is within it. Throws JOB_INVALID whose paths
 * lead to each wrong field, such as `steps.0.steps.1.type`; else as {@link readPlanned}.
 */
export function readNewSteps(known: PlannedDeps, given: readonly unknown[]): NamedNode<PlannedJob>[] {
  const beyond = firstPaths(given)[MOST_STEPS];
  if (beyond !== undefined)
    throw refusal(beyond, `is one too many: a workflow has ${MOST_STEPS} steps at most, in all its parts`);
  const problems: FieldProblem[] = [];
  const nodes = readNodes(given, { path: 'steps', depth: 0, problems });
  const [first] = problems;
  if (!first) return planNodes(known, nodes, 'steps');
  const message = `the request is not valid: ${first.path}: ${first.message}`;
  throw new ApiaryError('JOB_INVALID', message, { problems });
}

/** Where the first of them are, in their order. */
function firstPaths(given: readonly unknown[]): string[] {
  const paths: string[] = [];
  for (const path of pathsOf(given, 'steps', 0)) if (paths.push(path) > MOST_STEPS) break;
  return paths;
}

function* pathsOf(given: readonly unknown[], path: string, depth: number): Generator<string> {
  for (const [at, one] of given.entries()) {
    yield `${path}.${at}`;
    if (depth < MOST_DEPTH && isPart(one) && Array.isArray(one.steps))
      yield* pathsOf(one.steps, `${path}.${at}.steps`, depth + 1);
  }
}

/** Where steps stand that are read, and what is wrong so far. */
interface Reading {
  path: string;
  /** How many sub-workflows are around them. */
  depth: number;
  problems: FieldProblem[];
}

/** Takes down what is wrong with each, up to as much as is told. */
function readNodes(given: readonly unknown[], { path, depth, problems }: Reading): NewNode[] {
  return given.flatMap((one, at) => {
    if (problems.length >= MOST_ERRORS) return [];
    const own = `${path}.${at}`;
    try {
      return readNode(one, { path: own, depth, problems });
    } catch (error) {
      if (!(error instanceof ApiaryError)) throw error;
      for (const problem of error.problems)
        problems.push({ ...problem, path: [own, problem.path].filter(Boolean).join('.') });
      return [];
    }
  });
}

function readNode(given: unknown, { path, depth, problems }: Reading): NewNode[] {
  if (!isPart(given)) return [parse(newStepSchema, given)];
  if (depth === MOST_DEPTH) {
    const message = `is nested too deep: at most ${MOST_DEPTH} workflows may be within each other`;
    problems.push({ path, message });
    return [];
  }
  const { steps, ...part } = parse(newSubWorkflowSchema, given);
  return [{ ...part, steps: readNodes(steps, { path: `${path}.steps`, depth: depth + 1, problems }) }];
}

/** What has steps is a sub-workflow, whatever else it has. */
function isPart(given: unknown): given is { steps: unknown } {
  return typeof given === 'object' && given !== null && 'steps' in given;
}

function planNodes(known: PlannedDeps, nodes: readonly NewNode[], path: string): NamedNode<PlannedJob>[] {
  return nodes.map((node, at) => {
    const own = `${path}.${at}`;
    if ('steps' in node) return { ...node, steps: planNodes(known, node.steps, `${own}.steps`) };
    const { name, after, when, reads, ...job } = node;
    return { ...{ name, after, when, reads }, job: readPlanned(known, job, own) };
  });
}

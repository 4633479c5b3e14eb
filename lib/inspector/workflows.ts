import type { Clock } from '../clock.ts';
import { queueKeys } from '../engine/keys.ts';
import type { StepInfo, WorkflowInfo, WorkflowSummary } from '../engine/links/flow-info.ts';
import { listFlows, readFlow } from '../engine/links/flows.ts';
import { cancelFlow } from '../engine/repairs/cancel-flow.ts';
import { type FlowRerun, rerunFlow } from '../engine/repairs/rerun-flow.ts';
import { retryFlow } from '../engine/repairs/retry-flow.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { requireWhole } from '../field-checks.ts';
import { requireWellFormed } from '../names.ts';
import { overMany } from '../over-many.ts';

export type {
  StepInfo,
  StepState,
  SubWorkflowInfo,
  WorkflowInfo,
  WorkflowSummary,
} from '../engine/links/flow-info.ts';
export type { StepRule } from '../engine/links/flow-rules.ts';
export type { FlowRerun } from '../engine/repairs/rerun-flow.ts';

/** What looking at workflows works with. */
export interface WorkflowsDeps {
  client: RedisClient;
  prefix: string;
  clock: Clock;
  /** The queues that may keep some. */
  queueNames: () => Promise<readonly string[]>;
}

const MOST_LISTED = 1_000;
const QUEUES_AT_ONCE = 64;

/** Looks at workflows, cancels them and retries what failed of them; `inspector.workflows`. */
export class Workflows {
  readonly #deps: WorkflowsDeps;

  constructor(deps: WorkflowsDeps) {
    this.#deps = deps;
  }

  /** Reads one workflow, by the queue that keeps it; null when there is none, or none any more. */
  get(queue: string, id: string): Promise<WorkflowInfo | null> {
    return readFlow(this.#deps, queue, id);
  }

  /** Reads the first workflow that has this id, of all queues; null when there is none, or none any more. */
  async find(id: string): Promise<WorkflowInfo | null> {
    requireWellFormed('id', id);
    const { client, prefix, clock, queueNames } = this.#deps;
    const isThere = (queue: string): Promise<number> =>
      client.exists(queueKeys(prefix, queue, client.isCluster).flow(id));
    const { done, failed } = await overMany(await queueNames(), isThere, { clock, atOnce: QUEUES_AT_ONCE });
    const [queue] = done.find(([, is]) => is === 1) ?? [];
    if (queue !== undefined) return this.get(queue, id);
    const [first] = failed;
    if (first) throw first[1];
    return null;
  }

  /**
   * Lists the workflows that a queue keeps, without their steps, up to `limit` (1 to 1,000, default 100): those that
   * will be gone first first, or last. Throws JOB_INVALID for a limit that cannot be.
   */
  async list(
    queue: string,
    limit = 100,
    order: 'goneFirst' | 'goneLast' = 'goneFirst',
  ): Promise<WorkflowSummary[]> {
    requireWhole('limit', limit, { least: 1, most: MOST_LISTED });
    return listFlows(this.#deps, queue, { limit, order });
  }

  /**
   * Cancels a workflow: no step starts any more, and the jobs of those that have started are cancelled, as by
   * `inspector.cancel`. Resolves with how many of those there were; null when there is no such workflow, or not all of
   * it is stored. One that is over stays as it is.
   */
  cancel(queue: string, id: string, by: string): Promise<number | null> {
    return cancelFlow(this.#deps, { queue, id }, { by, at: this.#deps.clock.now() });
  }

  /**
   * Offers the failed steps of a workflow again, as by `inspector.retry`; what was skipped because of them waits for
   * its turn again. Resolves with the names of those that it offered; null when there is no such workflow.
   */
  retry(queue: string, id: string): Promise<StepInfo['name'][] | null> {
    return retryFlow(this.#deps, { queue, id });
  }

  /**
   * Runs a step again that has ended, however, and all that come after it: those that had started as new jobs, which
   * read the results of the new run. Says which steps they are, or why it did nothing: the step has not started, or one
   * of them is not at its end. The jobs of before stay as they are.
   */
  rerun(queue: string, id: string, step: string): Promise<FlowRerun> {
    return rerunFlow(this.#deps, { queue, id, step });
  }
}

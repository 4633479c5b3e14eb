import type { JobContext, JobDefinition } from '../../jobs/define.ts';
import { describeNamed, type NamedNode } from '../../jobs/named-plan.ts';
import type { PlannedJob } from '../../jobs/planned-job.ts';
import type { Asked, SentFollowUp, SentJob } from './message.ts';
import { remotePool, type TransactionStep } from './remote-transaction.ts';
import { packError, type SentError } from './sent-error.ts';

/** What of a `ctx` goes along with the data of its job. */
export function sentJobOf(ctx: JobContext): SentJob {
  const { id, type, queue, attempt, headers, schedule, previous, batch, workflow } = ctx;
  const results = workflow ? sentResultsOf(ctx.results) : { results: {}, unread: {} };
  return { id, type, queue, attempt, headers, schedule, previous, batch, workflow, ...results };
}

/** To look at one that was too long throws, there as here. */
function sentResultsOf(given: JobContext['results']): Pick<SentJob, 'results' | 'unread'> {
  const results: Record<string, unknown> = {};
  const unread: Record<string, SentError> = {};
  for (const name of Object.getOwnPropertyNames(given)) {
    try {
      results[name] = given[name];
    } catch (thrown) {
      unread[name] = packError(thrown);
    }
  }
  return { results, unread };
}

/**
 * Does what a handler elsewhere asks of its `ctx`; an effect is done there, by `effect`, as is a transaction, part by
 * part.
 */
export async function askContext(
  ctx: JobContext,
  asked: Asked,
  effect: (step?: TransactionStep) => Promise<unknown>,
): Promise<unknown> {
  switch (asked.ask) {
    case 'progress':
      return ctx.progress(asked.value);
    case 'updateData':
      return ctx.updateData(asked.data);
    case 'once':
      return ctx.once(asked.key, () => effect());
    case 'waitFor':
      return ctx.waitFor(asked.name, asked.options);
    case 'transaction':
      return ctx.transaction(remotePool(effect), () => effect({ do: 'run' }), asked.options);
    case 'fencingNumber':
      return ctx.fencingNumber();
    case 'follow':
      return ctx.follow(definitionOf(asked.job), JSON.parse(asked.job.json), asked.job.options);
    case 'spawn':
      return ctx.spawn(asked.name, definitionOf(asked.job), JSON.parse(asked.job.json), asked.job.options);
    case 'spawnWorkflow':
      return ctx.spawnWorkflow(asked.name, describeNamed(plannedNodes(asked.steps)));
    default:
      return asked satisfies never;
  }
}

function plannedNodes(nodes: readonly NamedNode<SentFollowUp>[]): NamedNode<PlannedJob>[] {
  return nodes.map((node) => {
    if ('steps' in node) return { ...node, steps: plannedNodes(node.steps) };
    const { json, options } = node.job;
    return { ...node, job: { definition: definitionOf(node.job), data: JSON.parse(json), options } };
  });
}

/** The schema has had its say where the handler is. */
function definitionOf({ type, queue, defaults }: SentFollowUp): JobDefinition {
  const validate = (value: unknown): { value: unknown } => ({ value });
  return { type, queue, defaults, schema: { '~standard': { version: 1, vendor: 'apiary', validate } } };
}

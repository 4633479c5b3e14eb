import { Batches, type BatchesDeps, type BatchInfo } from './batches.ts';

/** A job that is not there yet: it is added when a batch is complete. */
export interface AwaitsBatch {
  reason: 'awaits-batch';
  batch: string;
  /** How many members have not ended, and how many have failed or gone. */
  pending: number;
  failed: number;
  text: string;
}

/** How many batches are looked through. */
const MOST_BATCHES = 1_000;

/** Finds the batch of a queue whose last job has this id; null when there is none, or that job has been added. */
export async function whyNotAdded(deps: BatchesDeps, queue: string, id: string): Promise<AwaitsBatch | null> {
  const batches = await new Batches(deps).list(queue, MOST_BATCHES);
  const batch = batches.find(({ lastId, concludedAt }) => lastId === id && concludedAt === null);
  if (!batch) return null;
  const { pending, failed } = batch;
  return { reason: 'awaits-batch', batch: batch.id, pending, failed, text: textOf(batch) };
}

function textOf({ id, state, when, total, added, pending, failed, retryable }: BatchInfo): string {
  switch (state) {
    case 'adding':
      return `it comes after batch ${id}, of which ${added} of ${total} members are stored so far`;
    case 'running':
      return `it comes when all of batch ${id} have ${when}: ${pending} are to come, ${failed} failed`;
    case 'blocked':
      return `it comes when all of batch ${id} have succeeded: ${retryable} failed, and are to be retried`;
    case 'broken':
      return `it will not come: ${failed} members of batch ${id} failed, and some of them are gone`;
    case 'done':
      return `it came after batch ${id}, and is gone`;
    default:
      return state satisfies never;
  }
}

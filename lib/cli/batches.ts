import type { BatchInfo } from '../inspector/inspector.ts';
import { type Call, defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone, when } from './show.ts';
import { type Column, factsText } from './table.ts';
import { maybe, one, whole } from './values.ts';

/** `apiary batches`: lists the batches of a queue, or shows one. */
export const batches = defineCommand({
  takes: { queue: one('the queue of the last jobs'), id: maybe('the batch to show') },
  options: { limit: whole('how many at most', { least: 1, most: 1_000, otherwise: 100 }) },
  run: async (call, { queue, id, limit }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    if (id === undefined) {
      const found = await inspector.batches.list(queue, limit);
      return show(call, { batches: found }, () =>
        tableOrNone(call, columns(call), found, `queue ${queue} has no batches`),
      );
    }
    const batch = await inspector.batches.get(queue, id);
    if (batch === null) throw new CommandFailure(EXIT.notFound, `queue ${queue} has no batch ${id}`);
    return show(call, batch, () => batchText(call, batch));
  },
});

function columns(call: Call): Column<BatchInfo>[] {
  return [
    { head: 'BATCH', cell: ({ id }) => id },
    { head: 'STATE', cell: ({ state }) => state },
    { head: 'JOBS', cell: ({ total }) => total },
    { head: 'PENDING', cell: ({ pending }) => pending },
    { head: 'SUCCEEDED', cell: ({ succeeded }) => succeeded },
    { head: 'FAILED', cell: ({ failed }) => failed },
    { head: 'ADDED', cell: ({ createdAt }) => when(call, createdAt) },
    { head: 'LAST JOB', cell: ({ lastId }) => lastId },
  ];
}

function batchText(call: Call, batch: BatchInfo): string {
  const { total, added, pending, succeeded, failed, retryable } = batch;
  return factsText([
    ['batch', batch.id],
    ['queue', batch.queue],
    ['state', batch.state],
    ['added', `${when(call, batch.createdAt)}, ${added} of ${total} jobs`],
    ['pending', pending],
    ['succeeded', succeeded],
    ['failed', `${failed}, of which ${retryable} can be retried`],
    ['last job', `${batch.lastId}, added when all have ${batch.when}`],
    ['concluded', batch.concludedAt === null ? null : when(call, batch.concludedAt)],
  ]);
}

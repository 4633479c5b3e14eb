import { queueKeys } from '../engine/keys.ts';
import type { ExportedJob } from '../engine/transfer/export-jobs.ts';
import { exportJobs } from '../engine/transfer/export-jobs.ts';
import { escapeJsonLine } from '../log-text.ts';
import { countText } from '../texts.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { openProgress } from './progress.ts';
import { requireQueue } from './require-queue.ts';
import { one, text } from './values.ts';

/** `apiary export`: prints every job of a queue as a line of JSON, to be imported elsewhere. */
export const exportQueue = defineCommand({
  takes: { queue: one('the queue') },
  options: { cursor: text('text', 'go on behind the line with this cursor') },
  run: async (call, { queue, cursor = null }) => {
    const { client, prefix, inspector } = await call.open();
    await requireQueue(inspector, queue);
    const { counts, grouped } = await inspector.queue(queue);
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const progress = openProgress(call, 'exported', total);
    const deps = { client, keys: queueKeys(prefix, queue, client.isCluster) };
    let done = 0;
    for await (const job of exportJobs(deps, cursor)) {
      await call.terminal.out(lineOf(queue, job));
      progress.at(++done);
    }
    progress.end();
    if (grouped > 0)
      call.terminal.err(`${countText(grouped, 'job')} of queue ${queue} wait in groups and were left out\n`);
    return grouped > 0 ? EXIT.partly : EXIT.done;
  },
});

/** The record stands there to the letter: reading it would change numbers that JavaScript has not. */
function lineOf(queue: string, { record, ...facts }: ExportedJob): string {
  const head = JSON.stringify({ queue, ...facts }).slice(0, -1);
  return `${escapeJsonLine(`${head},"record":${record.replaceAll(/[\r\n]/g, ' ')}}`)}\n`;
}

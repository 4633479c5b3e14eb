import { queueKeys } from '../engine/keys.ts';
import { type Exported, exportQueue } from '../engine/transfer/export-queue.ts';
import { escapeJsonLine } from '../log-text.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { openProgress } from './progress.ts';
import { requireQueue } from './require-queue.ts';
import { one, text } from './values.ts';

/** `apiary export`: prints the jobs, schedules and limits of a queue as lines of JSON, to be imported elsewhere. */
export const exportCommand = defineCommand({
  takes: { queue: one('the queue') },
  options: { cursor: text('text', 'go on behind the line with this cursor') },
  run: async (call, { queue, cursor = null }) => {
    const { client, prefix, inspector } = await call.open();
    await requireQueue(inspector, queue);
    const { counts, grouped } = await inspector.queue(queue);
    const total = Object.values(counts).reduce((sum, count) => sum + count, grouped);
    const progress = openProgress(call, 'exported', total);
    const deps = { client, keys: queueKeys(prefix, queue, client.isCluster) };
    let done = 0;
    for await (const one of exportQueue(deps, cursor)) {
      await call.terminal.out(lineOf(queue, one));
      progress.at(++done);
    }
    progress.end();
    return EXIT.done;
  },
});

/** A record stands there to the letter: reading it would change numbers that JavaScript has not. */
function lineOf(queue: string, exported: Exported): string {
  const { kind, ...facts } = exported;
  if (exported.kind === 'limits') {
    const { note, cursor } = exported;
    return `${escapeJsonLine(JSON.stringify({ queue, ...note, cursor }))}\n`;
  }
  if (!('record' in facts)) return `${escapeJsonLine(JSON.stringify({ queue, ...facts }))}\n`;
  const { record, ...rest } = facts;
  const head = JSON.stringify({ queue, ...rest }).slice(0, -1);
  return `${escapeJsonLine(`${head},"record":${record.replaceAll(/[\r\n]/g, ' ')}}`)}\n`;
}

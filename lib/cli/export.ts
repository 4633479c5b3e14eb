import { queueKeys } from '../engine/keys.ts';
import { type Exported, exportQueue } from '../engine/transfer/export-queue.ts';
import { ApiaryError } from '../errors.ts';
import { escapeJsonLine } from '../log-text.ts';
import { type Connection, defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { openProgress } from './progress.ts';
import { requireQueue } from './require-queue.ts';
import { one, text } from './values.ts';

/** `apiary export`: prints the jobs, schedules and limits of a queue as lines of JSON, to be imported elsewhere. */
export const exportCommand = defineCommand({
  takes: { queue: one('the queue') },
  options: { cursor: text('text', 'go on behind the line with this cursor') },
  run: async (call, { queue, cursor = null }) => {
    const connection = await call.open();
    const { inspector } = connection;
    await requireQueue(inspector, queue);
    const { counts, grouped } = await inspector.queue(queue);
    const total = Object.values(counts).reduce((sum, count) => sum + count, grouped);
    const progress = openProgress(call, 'exported', total);
    const { at, behind } = readPlace(cursor);
    const shards = await inspector.shards.namesOf(queue);
    if (at >= shards.length)
      throw new ApiaryError('JOB_INVALID', `cursor is of a shard that ${queue} has not`);
    let done = 0;
    for (const [nth, shard] of [...shards.entries()].slice(at)) {
      for await (const one of exportShard(connection, { queue, shard }, nth === at ? behind : null)) {
        await call.terminal.out(
          lineOf(shard, { ...one, cursor: `${nth === 0 ? '' : `${nth}~`}${one.cursor}` }),
        );
        progress.at(++done);
      }
    }
    progress.end();
    return EXIT.done;
  },
});

/** A cursor leads on in the first shard, or by a number before it in another one. */
function readPlace(cursor: string | null): { at: number; behind: string | null } {
  const [, at = '0', behind = null] = /^(?:(\d{1,2})~)?(.*)$/s.exec(cursor ?? '') ?? [];
  return { at: Number(at), behind: cursor === null ? null : behind };
}

/** Of limits there is what was set for the whole, once: each shard has a part of it. */
async function* exportShard(
  { client, prefix, inspector }: Connection,
  { queue, shard }: { queue: string; shard: string },
  behind: string | null,
): AsyncGenerator<Exported> {
  for await (const one of exportQueue({ client, keys: queueKeys(prefix, shard, client.isCluster) }, behind)) {
    const note = one.kind === 'limits' ? await inspector.limits.get(queue) : null;
    if (one.kind !== 'limits') yield one;
    else if (note !== null && shard === queue) yield { ...one, note };
  }
}

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

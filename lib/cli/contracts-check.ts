import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadHandlersPath } from '../config-connection.ts';
import { queueKeys } from '../engine/keys.ts';
import { coerceError } from '../errors.ts';
import { webhookJob } from '../handlers/webhook.ts';
import type { UnreadableQueue } from '../inspector/inspector.ts';
import { handle } from '../jobs/define.ts';
import { countText, numberText } from '../texts.ts';
import { handlersByType } from '../worker/handlers-by-type.ts';
import { loadHandlers } from '../worker/load-handlers.ts';
import { type Call, defineCommand } from './command.ts';
import { type BadJob, CHECKED_STATES, ContractCheck, type Handlers } from './contract-check.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone } from './show.ts';
import type { Column } from './table.ts';
import { choice, maybe, text, whole } from './values.ts';

/** `apiary contracts check`: tells which jobs would no longer parse under the handlers at hand. */
export const contractsCheck = defineCommand({
  loadsModules: true,
  takes: { queue: maybe('the queue; else all') },
  options: {
    handlers: text('path', 'the file or folder of handler modules; else WORKER_HANDLERS'),
    state: choice(CHECKED_STATES, 'only those in this state'),
    limit: whole('how many jobs are named at most', { least: 1, most: 1_000, otherwise: 100 }),
  },
  run: async (call, { queue, handlers: path, state, limit }) => {
    const handlers = await handlersAt(call, path);
    const { client, prefix, inspector, keyring } = await call.open();
    if (queue !== undefined) await requireQueue(inspector, queue);
    const names = queue === undefined ? await inspector.queueNames() : [queue];
    const check = new ContractCheck({ handlers, limit, states: state ? [state] : CHECKED_STATES });
    const { unreadable } = await inspector.eachQueue(names, async (name) => {
      const { grouped } = await inspector.queue(name);
      check.grouped += grouped;
      for (const shard of await inspector.shards.namesOf(name))
        await check.queue({ client, keys: queueKeys(prefix, shard, client.isCluster, keyring) }, name);
    });
    const { checked, unhandled, grouped, total } = check;
    const jobs = [...check.jobs].sort((one, other) => one.queue.localeCompare(other.queue));
    await show(call, { checked, unhandled, grouped, total, jobs, unreadable }, (found) =>
      resultText(call, found),
    );
    return total > 0 || unreadable.length > 0 ? EXIT.partly : EXIT.done;
  },
});

/** As `apiary start` has them: the webhook handler among them. */
async function handlersAt({ terminal }: Call, given: string | undefined): Promise<Handlers> {
  const named = given ?? loadHandlersPath(terminal.env);
  if (named === null)
    throw new CommandFailure(
      EXIT.wrongSetting,
      'no handlers are known: set WORKER_HANDLERS or give --handlers',
    );
  const path = resolve(terminal.folder, named);
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw new CommandFailure(EXIT.wrongSetting, `the handlers cannot be read: ${coerceError(error).message}`);
  });
  const { handlers } = await loadHandlers(path);
  return handlersByType([handle(webhookJob, () => null), ...handlers], []);
}

interface CheckResult extends Pick<ContractCheck, 'checked' | 'unhandled' | 'grouped' | 'total' | 'jobs'> {
  unreadable: readonly UnreadableQueue[];
}

function resultText(
  call: Call,
  { checked, unhandled, grouped, total, jobs, unreadable }: CheckResult,
): string {
  const lines = [
    ...(total > jobs.length ? [`${numberText(total - jobs.length)} more would not parse`] : []),
    `${countText(checked, 'job')} checked`,
    ...(unhandled > 0 ? [`${countText(unhandled, 'job')} of types without a handler here passed over`] : []),
    ...(grouped > 0 ? [`${countText(grouped, 'job')} in groups not looked at`] : []),
    ...unreadable.map(({ name, reason }) => `queue ${name} cannot be read: ${reason}`),
  ];
  return `${tableOrNone(call, COLUMNS, jobs, 'every job would parse')}${lines.map((line) => `${line}\n`).join('')}`;
}

const COLUMNS: readonly Column<BadJob>[] = [
  { head: 'QUEUE', cell: ({ queue }) => queue },
  { head: 'JOB', cell: ({ id }) => id },
  { head: 'TYPE', cell: ({ type }) => type },
  { head: 'STATE', cell: ({ state }) => state },
  { head: 'PATH', cell: ({ problems }) => problems.map(({ path }) => path || 'data').join(', ') },
  { head: 'WRONG', cell: ({ problems }) => problems.map(({ message }) => message).join('; ') },
];

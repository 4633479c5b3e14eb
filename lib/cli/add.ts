import { type Inspector, type JobState, LOWEST_PRIORITY } from '../inspector/inspector.ts';
import type { Added } from '../jobs/added.ts';
import type { AddOptions } from '../jobs/options.ts';
import { changed } from './change.ts';
import { defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { DATA_RULE, readGiven, readOptions } from './given-data.ts';
import { show, showDry } from './show.ts';
import { duration, flag, maybe, moment, one, text, whole } from './values.ts';

/** `apiary add`: adds a job, whose data is stored as it is for a worker to check. */
export const add = defineCommand({
  takes: { type: one('the type of the job'), data: maybe(`its data: ${DATA_RULE}; else null`) },
  options: {
    queue: text('queue', 'where it waits; else that of the live workers that have a handler for the type'),
    id: text('id', 'an id of your own: adding it again changes nothing'),
    delay: duration('earliest start, counted from now'),
    runAt: moment('earliest start'),
    retries: whole('further attempts after the first', { least: 0, most: 1_000_000 }),
    timeout: duration('how long one attempt may take'),
    key: text('key', 'a tenant or resource, which limits count'),
    priority: whole('which jobs are served first, from 0 to 9; else 4', { least: 0, most: LOWEST_PRIORITY }),
    front: flag('make it the next of its priority'),
    group: text('name', 'the group in which it waits for others'),
    requireWorker: flag('nothing is added where no live worker takes the type from the queue'),
    options: text('json', `all other options, as the HTTP API takes them: ${DATA_RULE}`),
  },
  run: async (call, { type, data, queue: given, options: json, ...rest }) => {
    const { inspector, producer } = await call.open();
    const queue = given ?? (await queueOfType(inspector, type));
    const others = json === undefined ? {} : await readOptions(call, json);
    const value = data === undefined ? null : await readGiven(call, data);
    const options = { ...others, ...toOptions(rest) };
    if (call.shared.dryRun) {
      return showDry(call, `a job of type ${type} would be added to queue ${queue}`);
    }
    const work = () => producer.as(call.by).addRaw({ type, queue, data: value, options });
    const added = await changed(
      call,
      inspector,
      { action: 'add', queue, id: rest.id ?? null },
      work,
      addedText,
    );
    const state = added.state ?? (await stateOf(inspector, added));
    const { id, created, replaced, warnings } = added;
    const answer = {
      id,
      queue,
      type,
      state,
      created,
      ...(replaced && { replaced }),
      ...(warnings && { warnings }),
    };
    if (!call.shared.json) for (const { message } of warnings ?? []) call.terminal.err(`${message}\n`);
    return show(call, answer, () => `${addedText(added)}\n`);
  },
});

/** Throws what ends the command unless the live workers agree where the type waits. */
async function queueOfType(inspector: Inspector, type: string): Promise<string> {
  const handlers = (await inspector.workers()).flatMap((worker) => worker.handlers);
  const [queue, ...others] = new Set(handlers.filter((one) => one.type === type).map((one) => one.queue));
  if (queue !== undefined && others.length === 0) return queue;
  const why =
    queue === undefined
      ? 'no live worker has a handler for it'
      : `workers have it in ${[queue, ...others].join(', ')}`;
  throw new CommandFailure(EXIT.wrongUse, `give --queue for type ${type}: ${why}`);
}

interface Given {
  id: string | undefined;
  delay: number | undefined;
  runAt: number | undefined;
  retries: number | undefined;
  timeout: number | undefined;
  key: string | undefined;
  priority: number | undefined;
  front: boolean;
  group: string | undefined;
  requireWorker: boolean;
}

function toOptions({
  id,
  delay,
  runAt,
  retries,
  timeout,
  key,
  priority,
  front,
  group,
  requireWorker,
}: Given): AddOptions {
  return {
    ...(id !== undefined && { id }),
    ...(delay !== undefined && { delayMs: delay }),
    ...(runAt !== undefined && { runAt }),
    ...(retries !== undefined && { retries }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(key !== undefined && { key }),
    ...(priority !== undefined && { priority }),
    ...(front && { front }),
    ...(group !== undefined && { group }),
    ...(requireWorker && { requireWorker }),
  };
}

function addedText({ id, queue, created, replaced }: Added): string {
  if (created) return `Job ${id} was added to queue ${queue}.`;
  return replaced
    ? `Job ${id} of queue ${queue} has the new data.`
    : `Job ${id} of queue ${queue} was there already.`;
}

async function stateOf(inspector: Inspector, { queue, id }: Added): Promise<JobState | null> {
  return (await inspector.job(queue, id))?.state ?? null;
}

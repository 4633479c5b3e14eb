import type { QueueInfo } from '../inspector/inspector.ts';
import { MOST_SHARDS } from '../shards/route.ts';
import { numberText } from '../texts.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show, showDry } from './show.ts';
import { factsText } from './table.ts';
import { duration, one, whole } from './values.ts';

/** `apiary shards`: shows over how many shards a queue is spread, or changes that. */
export const shards = defineCommand({
  takes: { queue: one('the queue') },
  options: {
    count: whole('how many it is to have', { least: 1, most: MOST_SHARDS }),
    patience: duration('how long shards that are given up may take to be worked off; an hour if not given'),
  },
  run: async (call, { queue, count, patience }) => {
    const { inspector } = await call.open();
    if (count === undefined) {
      await requireQueue(inspector, queue);
      const [record, info] = await Promise.all([inspector.shards.get(queue), inspector.queue(queue)]);
      return show(call, { queue, ...record }, (found) => recordText(found, info));
    }
    if (call.shared.dryRun) return showDry(call, `queue ${queue} would have ${count} shards`);
    const onStep = (step: string): void => {
      if (!call.shared.json) call.terminal.err(`${step}\n`);
    };
    const order = { queue, shards: count, onStep, ...(patience !== undefined && { patienceMs: patience }) };
    const told = await inspector.shards.set(order);
    await show(call, told, ({ done, served }) =>
      done
        ? `queue ${queue} has ${count} shards\n`
        : `new jobs go to ${count} shards; ${served} are served, as the others are not worked off yet: run it again\n`,
    );
    return told.done ? EXIT.done : EXIT.partly;
  },
});

function recordText(
  { queue, shards: count, served, ever }: { queue: string; shards: number; served: number; ever: number },
  { shards: beneath = [] }: QueueInfo,
): string {
  return factsText([
    ['queue', queue],
    ['shards', numberText(count)],
    ['served', numberText(served)],
    ['ever', numberText(ever)],
    ...beneath.map(({ name, counts }) => {
      const text = Object.entries(counts).map(([state, some]) => `${numberText(some)} ${state}`);
      return [name, text.join(', ')] as const;
    }),
  ]);
}

import type { LimitsNote, QueueInfo } from '../inspector/inspector.ts';
import { limitsText } from '../inspector/limits-text.ts';
import { durationText, numberText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { requireQueue } from './require-queue.ts';
import { show, when } from './show.ts';
import { factsText } from './table.ts';
import { one } from './values.ts';

/** `apiary queue`: shows one queue. */
export const queue = defineCommand({
  takes: { queue: one('its name') },
  options: {},
  run: async (call, { queue: name }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, name);
    const [info, limits] = await Promise.all([inspector.queue(name), inspector.limits.get(name)]);
    return show(call, info, (found) => queueText(call, found, limits));
  },
});

function queueText(
  call: Call,
  { name, counts, latencyMs, overdueMs, paused, grouped, processedToday, failedToday, shards }: QueueInfo,
  limits: LimitsNote | null,
): string {
  return factsText([
    ['queue', name],
    ...(shards ? [['shards', numberText(shards.length)] as const] : []),
    ...Object.entries(counts).map(([state, count]) => [state, numberText(count)] as const),
    ['grouped', numberText(grouped)],
    ['latency', durationText(latencyMs)],
    ['overdue', overdueMs === 0 ? 'nothing' : durationText(overdueMs)],
    ['paused', paused === null ? 'no' : `by ${paused.by}, ${when(call, paused.at)}`],
    [
      'limits',
      limits === null
        ? 'none'
        : `${limitsText(limits.limits)}; set by ${limits.by}, ${when(call, limits.at)}`,
    ],
    ['ended today', `${numberText(processedToday)}, of which ${numberText(failedToday)} failed`],
  ]);
}

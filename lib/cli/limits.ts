import type { LimitsNote, QueueLimits, RateLimit } from '../inspector/inspector.ts';
import { limitsText } from '../inspector/limits-text.ts';
import { QUEUE_OPERATIONS } from '../inspector/queue-operations.ts';
import { changed } from './change.ts';
import { type Call, type Connection, defineCommand } from './command.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show, showDry, when } from './show.ts';
import { duration, flag, type OptionRule, one, whole, wrong } from './values.ts';

const MOST = { least: 1, most: 1_000_000_000 };

/** `apiary limits`: shows the limits of a queue, sets some of them, or lifts all. */
export const limits = defineCommand({
  takes: { queue: one('the queue') },
  options: {
    concurrency: whole('how many jobs run at a time, over all workers', MOST),
    rate: rate('how many jobs begin in a time'),
    keyConcurrency: whole('the same for each key by itself', MOST),
    keyRate: rate('the same for each key by itself'),
    maxWaiting: whole('how many jobs may wait; adds beyond that are refused', MOST),
    fair: flag('let keys take turns'),
    aging: duration('how long a job waits until it counts as of priority 0'),
    lift: flag('lift all limits'),
  },
  run: async (call, { queue, lift, ...given }) => {
    const connection = await call.open();
    const set = toLimits(given);
    const isSet = Object.keys(set).length > 0;
    if (isSet && lift) throw new CommandFailure(EXIT.wrongUse, 'give limits, or --lift, and not both');
    await requireQueue(connection.inspector, queue);
    const note = await connection.inspector.limits.get(queue);
    if (!isSet && !lift) {
      const found = { queue, ...(note ?? { limits: null, by: null, at: null }) };
      return show(call, found, () => noteText(call, note));
    }
    const before = note?.limits ?? {};
    const perKey = { ...before.perKey, ...set.perKey };
    const after = lift ? {} : { ...before, ...set, ...(Object.keys(perKey).length > 0 && { perKey }) };
    return change(call, connection, queue, after);
  },
});

async function change(
  call: Call,
  { inspector }: Connection,
  queue: string,
  after: QueueLimits,
): Promise<ExitCode> {
  if (call.shared.dryRun) {
    return showDry(call, `queue ${queue} would have the limits: ${limitsText(after) || 'none'}`);
  }
  const { action, run } = QUEUE_OPERATIONS.limit;
  const work = () => run(inspector, { queue, by: call.by }, after);
  const { done, text } = await changed(
    call,
    inspector,
    { action, queue, id: null },
    work,
    (told) => told.text,
  );
  const limited = Object.keys(after).length > 0;
  return show(call, { queue, limited, changed: done }, () => `${text}\n`);
}

interface Given {
  concurrency: number | undefined;
  rate: RateLimit | undefined;
  keyConcurrency: number | undefined;
  keyRate: RateLimit | undefined;
  maxWaiting: number | undefined;
  fair: boolean;
  aging: number | undefined;
}

function toLimits({
  concurrency,
  rate: ofAll,
  keyConcurrency,
  keyRate,
  maxWaiting,
  fair,
  aging,
}: Given): QueueLimits {
  const perKey = {
    ...(keyConcurrency !== undefined && { concurrency: keyConcurrency }),
    ...(keyRate !== undefined && { rate: keyRate }),
  };
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(ofAll !== undefined && { rate: ofAll }),
    ...(Object.keys(perKey).length > 0 && { perKey }),
    ...(maxWaiting !== undefined && { maxWaiting }),
    ...(fair && { fair }),
    ...(aging !== undefined && { agingMs: aging }),
  };
}

function noteText(call: Call, note: LimitsNote | null): string {
  if (note === null) return 'none\n';
  return `${limitsText(note.limits)}; set by ${note.by}, ${when(call, note.at)}\n`;
}

const PER_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An option that takes a rate such as `100/s` or `5/m`. */
function rate(description: string): OptionRule<RateLimit | undefined> {
  const parse = (given: string): RateLimit => {
    const [, count = '', unit = ''] = /^([1-9]\d{0,8})\/(s|m|h|d)$/.exec(given) ?? [];
    const perMs = PER_MS[unit];
    if (perMs === undefined) throw wrong('must be a rate such as 100/s, 5/m, 20/h or 1000/d');
    return { count: Number(count), perMs };
  };
  return { description, placeholder: 'rate', parse, otherwise: undefined };
}

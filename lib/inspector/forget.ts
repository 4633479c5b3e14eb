import {
  checkOptions,
  flagOption,
  listOption,
  type Option,
  objectOption,
  optionThat,
  textOption,
} from '../check-options.ts';
import type { UnreadableQueue, VisitedQueues } from '../engine/discovery/each-queue.ts';
import { BEFORE_AUDIT, forgetStep, ROUND_ENDS } from '../engine/forget/forget.ts';
import { addStep, emptyStep, type ForgetStep } from '../engine/forget/forget-report.ts';
import { forgetNotes } from '../engine/forget/forget-streams.ts';
import { Traces } from '../engine/forget/traces.ts';
import type { DataField } from '../engine/record/data-field.ts';
import { ScheduleStore } from '../engine/schedules/schedule-store.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { Room } from './room.ts';

export {
  FORGET_KINDS,
  type ForgetKind,
  type ForgetStep,
  LEFT_REASONS,
  type LeftReason,
} from '../engine/forget/forget-report.ts';

/** Whom to forget, and how. */
export interface ForgetOrder {
  /** What is theirs: a job is, whose data or headers have the value at this place, as in a search. */
  field: DataField;
  /** Whether their jobs that run are removed too: their handlers are told to stop, and their ends change nothing. */
  running?: boolean;
  /** Whether all is counted only, and nothing is changed; default false. */
  dryRun?: boolean;
  /** In which queues; default all that there are. */
  queues?: readonly string[];
}

/** The same for one step in one queue. */
export interface ForgetStepOrder extends Omit<ForgetOrder, 'queues'> {
  /** As the step before gave it; default from the begin. */
  cursor?: string | null;
}

/** What came of it in all queues. */
export interface ForgetReport extends Omit<ForgetStep, 'cursor'> {
  /** How many queues were gone over, each shard as one. */
  queues: number;
  /** Those that could not be. */
  unreadable: UnreadableQueue[];
}

const someText = optionThat(
  'must be a text that is not empty',
  (value) => typeof value === 'string' && value !== '',
);
const HOW = {
  field: objectOption({ path: someText, value: someText } satisfies Record<keyof DataField, Option>),
  running: flagOption.optional(),
  dryRun: flagOption.optional(),
};
const ORDER = { ...HOW, queues: listOption(textOption).optional() } satisfies Record<
  keyof ForgetOrder,
  Option
>;
const STEP_ORDER = { ...HOW, cursor: textOption.nullish() } satisfies Record<keyof ForgetStepOrder, Option>;

/** Throws JOB_INVALID for what is no order of a step. */
export function requireForgetStep(order: ForgetStepOrder): void {
  checkOptions('privacy.forget', STEP_ORDER, order, 'JOB_INVALID');
}

/** Takes one step in one shard of a queue, see {@link PrivacyInspector.forget}. */
export function forgetInQueue(
  { client, keys, store, prefix }: Room & { prefix: string },
  order: ForgetStepOrder,
): Promise<ForgetStep> {
  const { field, running = false, dryRun = false, cursor = null } = order;
  const schedules = new ScheduleStore(client, keys);
  return forgetStep(
    { client, prefix, keys, store, schedules, traces: new Traces(field), running, dryRun },
    cursor,
  );
}

/** What going over all queues works with. */
interface ForgetAllDeps {
  queueNames(): Promise<string[]>;
  eachQueue<Value>(
    names: readonly string[],
    visit: (name: string) => Promise<Value>,
  ): Promise<VisitedQueues<Value>>;
  rooms: { home(shard: string): Room };
  shards: { namesOf(queue: string): Promise<readonly string[]> };
  client: RedisClient;
  prefix: string;
}

/** What is left of a queue may be called by the name of a shard. */
async function shardsOf({ shards }: ForgetAllDeps, queues: readonly string[]): Promise<string[]> {
  return [...new Set((await Promise.all(queues.map((one) => shards.namesOf(one)))).flat())];
}

/** Goes over all queues, step by step, each by itself. */
export async function forgetEverywhere(deps: ForgetAllDeps, given: ForgetOrder): Promise<ForgetReport> {
  checkOptions('inspector.forget', ORDER, given, 'JOB_INVALID');
  const [{ queues, ...order }, { client, prefix, rooms }] = [given, deps];
  const names = await shardsOf(deps, queues ?? (await deps.queueNames()));
  const sum = emptyStep();
  const cursors = new Map(names.map((name): [string, string | null] => [name, null]));
  const unreadable: UnreadableQueue[] = [];
  for (const end of [...ROUND_ENDS, BEFORE_AUDIT]) {
    const visited = await deps.eachQueue([...cursors.keys()], async (queue) => {
      for (let cursor = cursors.get(queue) ?? null; cursor !== end; ) {
        const room = { ...rooms.home(queue), prefix };
        const step: ForgetStep = await forgetInQueue(room, { ...order, cursor });
        addStep(sum, step);
        cursor = step.cursor ?? end;
        cursors.set(queue, cursor);
      }
    });
    unreadable.push(...visited.unreadable);
    for (const { name } of visited.unreadable) cursors.delete(name);
  }
  const notes = { client, prefix, traces: new Traces(order.field), dryRun: order.dryRun ?? false };
  const isOf = (queue: string | null): boolean =>
    queues === undefined || (queue !== null && queues.includes(queue));
  sum.forgotten.audit += await forgetNotes(notes, isOf);
  const { cursor: _, ...counts } = sum;
  return { ...counts, queues: names.length, unreadable };
}

import { queueKeys } from '../engine/keys.ts';
import type { Moved } from '../engine/transfer/moved.ts';
import { restore } from '../engine/transfer/restore.ts';
import { countText, numberText } from '../texts.ts';
import type { Call, Connection } from './command.ts';
import type { ImportedLine } from './import-line.ts';
import { openProgress } from './progress.ts';

/** How many were read of a kind, how many of these were stored, and how many were there already. */
export interface Tally {
  read: number;
  stored: number;
  existing: number;
}

/** What an import came to: of jobs, of schedules, and of queues with limits. */
export interface Imported extends Tally {
  schedules: Tally;
  limits: Tally;
}

/** So many jobs, and so many characters of them, are stored in one step. */
const MOST_AT_ONCE = 50;
const MOST_TEXT = 500_000;

/** Stores what is of one kind and one queue; resolves with how many were new. */
export type StoreSome = (queue: string, some: readonly ImportedLine[]) => Promise<number>;

/** Stores them in the queue that each is from, or in another one. */
export function storeIn(call: Call, { client, prefix }: Connection, into: string | undefined): StoreSome {
  return (queue, some) => {
    const keys = queueKeys(prefix, into ?? queue, client.isCluster);
    return restore({ client, keys }, some, call.now());
  };
}

/** Stores nothing: for who only looks. */
export const storeNothing: StoreSome = async () => 0;

/** Stores all, in steps that are short for Redis, and counts. */
export async function storeAll(
  call: Call,
  lines: AsyncIterable<ImportedLine>,
  store: StoreSome,
): Promise<Imported> {
  const result: Imported = { ...noTally(), schedules: noTally(), limits: noTally() };
  const progress = openProgress(call, 'read', null);
  for await (const some of stepsOf(lines)) {
    const [first] = some;
    if (first === undefined) continue;
    const tally = tallyOf(result, first.kind);
    const stored = await store(first.queue, some);
    tally.read += some.length;
    tally.stored += stored;
    if (!call.shared.dryRun) tally.existing += some.length - stored;
    progress.at(result.read);
  }
  progress.end();
  return result;
}

/** Says it in a sentence; of a dry run what would be stored. */
export function importedText({ shared }: Call, { schedules, limits, ...jobs }: Imported): string {
  const { read, stored, existing } = jobs;
  const done = shared.dryRun ? 'would be stored or are there already' : 'were stored';
  const count = (tally: Tally): number => (shared.dryRun ? tally.read : tally.stored);
  const there = !shared.dryRun && existing > 0 ? `; ${numberText(existing)} were there already` : '';
  const others = [
    ...(schedules.read > 0 ? [`${count(schedules)} of ${countText(schedules.read, 'schedule')}`] : []),
    ...(limits.read > 0 ? [`the limits of ${count(limits)} of ${countText(limits.read, 'queue')}`] : []),
  ];
  const beside = others.length > 0 ? `; likewise ${others.join(' and ')}` : '';
  return `${numberText(count({ read, stored, existing }))} of ${numberText(read)} jobs ${done}${there}${beside}`;
}

function tallyOf(result: Imported, kind: Moved['kind']): Tally {
  const tallies: Readonly<Record<Moved['kind'], Tally>> = {
    job: result,
    member: result,
    schedule: result.schedules,
    limits: result.limits,
  };
  return tallies[kind];
}

function noTally(): Tally {
  return { read: 0, stored: 0, existing: 0 };
}

/** Puts together what follows each other and is of one kind and queue, as many as Redis stores in one short step. */
async function* stepsOf(lines: AsyncIterable<ImportedLine>): AsyncGenerator<ImportedLine[]> {
  let step: ImportedLine[] = [];
  let length = 0;
  for await (const line of lines) {
    const [first] = step;
    const isOther = first?.queue !== line.queue || first.kind !== line.kind;
    if (step.length > 0 && (step.length === MOST_AT_ONCE || length > MOST_TEXT || isOther)) {
      yield step;
      step = [];
      length = 0;
    }
    step.push(line);
    length += 'record' in line ? line.record.length : 0;
  }
  if (step.length > 0) yield step;
}

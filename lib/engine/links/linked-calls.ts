import type { QueueKeys } from '../keys.ts';
import type { LinkedJob, Links } from '../record/links.ts';
import { recordOf } from '../record/new-job.ts';
import type { SettlementArgs } from '../record/settlement.ts';
import type { ScriptCall } from '../scripts.ts';
import { PARKED_LOOK_MS } from '../unique/unique.ts';

/** Where the attempts were made, and whether their jobs stay when they have failed. */
export interface LinkedFacts {
  keys: QueueKeys;
  keepFailed: number;
}

/** Whether the end of an attempt leads to anything beyond its job. */
export function hasLinks(args: SettlementArgs): boolean {
  return args[5] !== undefined;
}

/** Cuts ended attempts into parts that one call may settle: those that lead to something, and the others. */
export function linkedParts(ended: readonly SettlementArgs[], most: number): SettlementArgs[][] {
  const linked = cut(ended.filter(hasLinks), most);
  return [
    ...linked,
    ...cut(
      ended.filter((args) => !hasLinks(args)),
      most,
    ),
  ];
}

/** Makes a call that settles attempts do what they lead to; one of attempts that lead to nothing stays as it is. */
export function addLinks(
  call: ScriptCall<'settle'>,
  ended: readonly SettlementArgs[],
  { keys, keepFailed }: LinkedFacts,
): ScriptCall<'settle'> | ScriptCall<'settle-linked'> {
  const names: string[] = [];
  const linked: (string | number)[] = [];
  for (const [id, kind, , , , links] of ended) {
    if (!links) continue;
    const { spawns = [], wait = '' } = links;
    const isKept = keepFailed !== 0 && kind !== 'F0' && kind !== 'C0';
    const jobs = links.jobs.filter(({ unique }) => !unique);
    const alone = links.jobs.filter(({ unique }) => unique);
    linked.push(id, toldOf(links, isKept), jobs.length, spawns.length, alone.length, wait);
    for (const { queue, job } of jobs) {
      const record = recordOf(job, { queue, keyring: keys.keyring });
      linked.push(placeOf(names, queue), job.start, job.id, record);
    }
    for (const { queue, start, id: job, name, type, before, behind, ties } of spawns) {
      const place = keys.isTagged && queue !== keys.queue ? -1 : placeOf(names, queue);
      linked.push(place, start, job, queue, name, type, before, behind, ties);
    }
    for (const one of alone) linked.push(...writeUnique(one, keys));
  }
  if (linked.length === 0) return call;
  const queues = names.map((queue) => keys.sibling(queue));
  return { ...call, script: 'settle-linked', queues, rest: [...call.rest, ...linked] };
}

/** As `save-unique.lua` takes it. */
function writeUnique({ queue, job, unique }: LinkedJob, { keyring }: QueueKeys): (string | number)[] {
  if (!unique) return [];
  const { key, release, ttlMs, onConflict } = unique;
  const record = recordOf(job, { queue, keyring });
  return [job.id, record, job.start, key, release, ttlMs ?? '', onConflict, PARKED_LOOK_MS];
}

function placeOf(names: string[], queue: string): number {
  if (!names.includes(queue)) names.push(queue);
  return names.indexOf(queue);
}

/** A part ends before it stores too many jobs; a single attempt may store as many as it could register. */
function cut(ended: readonly SettlementArgs[], most: number): SettlementArgs[][] {
  const parts: SettlementArgs[][] = [];
  let room = 0;
  for (const args of ended) {
    const weight = 1 + (args[5]?.jobs.length ?? 0) + (args[5]?.spawns?.length ?? 0);
    if (weight > room) {
      parts.push([]);
      room = most;
    }
    parts.at(-1)?.push(args);
    room -= weight;
  }
  return parts;
}

/** A job that failed and is not kept cannot be retried. */
function toldOf({ told, isStep, result }: Links, isKept: boolean): string {
  if (told === null) return '';
  const word = told === 'failed' && !isKept ? 'removed' : told;
  if (!isStep) return word;
  return result === undefined ? `+${word}` : `+${word} ${result}`;
}

import type { QueueKeys } from '../keys.ts';
import type { Links } from '../record/links.ts';
import { recordOf } from '../record/new-job.ts';
import type { SettlementArgs } from '../record/settlement.ts';
import type { ScriptCall } from '../scripts.ts';

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
  for (const [id, , , , , links] of ended) {
    if (!links) continue;
    linked.push(id, toldOf(links, keepFailed), links.jobs.length);
    for (const { queue, job } of links.jobs) {
      if (!names.includes(queue)) names.push(queue);
      linked.push(names.indexOf(queue), job.start, job.id, recordOf(job));
    }
  }
  if (linked.length === 0) return call;
  const queues = names.map((queue) => keys.sibling(queue));
  return { ...call, script: 'settle-linked', queues, rest: [...call.rest, ...linked] };
}

/** A part ends before it stores too many jobs; a single attempt may store as many as it could register. */
function cut(ended: readonly SettlementArgs[], most: number): SettlementArgs[][] {
  const parts: SettlementArgs[][] = [];
  let room = 0;
  for (const args of ended) {
    const weight = 1 + (args[5]?.jobs.length ?? 0);
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
function toldOf({ told }: Links, keepFailed: number): string {
  return told === 'failed' && keepFailed === 0 ? 'removed' : (told ?? '');
}

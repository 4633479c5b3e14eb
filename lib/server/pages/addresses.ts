import type { JobState, Span, StepState } from '../../inspector/inspector.ts';
import { hostOf } from '../../inspector/worker-hosts.ts';

/** The page of a queue, over a span of time; an hour unless said. */
export function queueAddress(queue: string, span: Span = 'hour'): string {
  return `/queues/${encode(queue)}${spanQuery(span)}`;
}

/** The page of a job type of a queue. */
export function typeAddress(queue: string, type: string, span: Span = 'hour'): string {
  return `/queues/${encode(queue)}/types/${encode(type)}${spanQuery(span)}`;
}

function spanQuery(span: Span): string {
  return span === 'hour' ? '' : `?${new URLSearchParams({ span })}`;
}

/** The page of a job. */
export function jobAddress(queue: string, id: string): string {
  return `/queues/${encode(queue)}/jobs/${encode(id)}`;
}

/** The page of a workflow; the query chooses which of its steps the table shows, and leads there. */
export function workflowAddress(
  queue: string,
  id: string,
  query: { state?: StepState; from?: string },
): string {
  const path = `/queues/${encode(queue)}/workflows/${encode(id)}`;
  return Object.keys(query).length === 0 ? path : `${path}?${new URLSearchParams(query)}#steps`;
}

/** The list of the workflows that a queue keeps. */
export function workflowsAddress(query: { queue: string }): string {
  return `/workflows?${new URLSearchParams(query)}`;
}

/** The list of Arena with the jobs of a queue that are in one state. */
export function arenaAddress(host: string, queue: string, state: JobState): string {
  return `/arena/${encode(host)}/${encode(queue)}/${state}`;
}

/** The page of a job in Arena. */
export function arenaJobAddress(host: string, queue: string, id: string): string {
  return `/arena/${[host, queue, id].map(encode).join('/')}`;
}

/** The page of a kind of failure. */
export function failureAddress(queue: string, fingerprint: string): string {
  return `/queues/${encode(queue)}/failures/${encode(fingerprint)}`;
}

/** The page of one worker. */
export function workerAddress(id: string): string {
  return `/workers/${encode(id)}`;
}

/** The page of the processes of the parent of a worker. */
export function hostAddress(worker: Parameters<typeof hostOf>[0]): string {
  return workerAddress(hostOf(worker));
}

/** Where the overview shows a schedule. */
export function scheduleAddress(queue: string, name: string): string {
  return `/#${encode(`schedule-${queue}:${name}`)}`;
}

/** Where the overview shows a group, as long as jobs wait in it. */
export function groupAddress(queue: string, type: string, name: string): string {
  return `/#${encode(`group-${queue}:${type}:${name}`)}`;
}

/** The search, filled in with what is given. */
export function searchAddress(query: Readonly<Record<string, string>>): string {
  return `/search?${new URLSearchParams(query)}`;
}

/** Where what a search finds is to be had as lines of JSON. */
export function exportAddress(query: Readonly<Record<string, string>>): string {
  return `/search/export?${new URLSearchParams(query)}`;
}

/** Where it is shown what a search would be about that is to change what it finds. */
export const CONFIRM_ADDRESS = '/search/change';

/** The list of the runs that change many jobs. */
export const RUNS_ADDRESS = '/runs';

/** The page of such a run. */
export function runAddress(id: string): string {
  return `${RUNS_ADDRESS}/${encode(id)}`;
}

/** A page of the audit, of what is given; what is empty is left out. */
export function auditAddress(query: Readonly<Record<string, string>>): string {
  return `/audit?${new URLSearchParams(withoutEmpty(query))}`;
}

/** Where the same notes are to be had as lines of JSON. */
export function auditExportAddress(query: Readonly<Record<string, string>>): string {
  return `/audit/export?${new URLSearchParams(withoutEmpty(query))}`;
}

function withoutEmpty(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

/** Where a change is posted to; each part is encoded: `actionAddress('queues', 'mail', 'pause')`. */
export function actionAddress(...parts: readonly string[]): string {
  return `/actions/${parts.map(encode).join('/')}`;
}

/** Half a surrogate pair, which JSON can spell, would make the encoding throw; Redis and URLs know it as U+FFFD. */
function encode(part: string): string {
  return encodeURIComponent(Buffer.from(part).toString());
}

import type { JobState } from '../../inspector/inspector.ts';

/** The page of a job. */
export function jobAddress(queue: string, id: string): string {
  return `/queues/${encodeURIComponent(queue)}/jobs/${encodeURIComponent(id)}`;
}

/** The list of Arena with the jobs of a queue that are in one state. */
export function arenaAddress(host: string, queue: string, state: JobState): string {
  return `/arena/${encodeURIComponent(host)}/${encodeURIComponent(queue)}/${state}`;
}

/** The search, filled in with what is given. */
export function searchAddress(query: Readonly<Record<string, string>>): string {
  return `/search?${new URLSearchParams(query)}`;
}

/** Where a change is posted to; each part is encoded: `actionAddress('queues', 'mail', 'pause')`. */
export function actionAddress(...parts: readonly string[]): string {
  return `/actions/${parts.map(encodeURIComponent).join('/')}`;
}

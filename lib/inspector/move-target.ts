import type { Inspector } from './inspector.ts';

/** Says what is to be known before jobs are moved to a queue; null where some live worker serves it. */
export async function moveWarning(inspector: Pick<Inspector, 'workers'>, to: string): Promise<string | null> {
  const workers = await inspector.workers();
  if (workers.some(({ queues }) => queues.some(({ name }) => name === to))) return null;
  return `no live worker is known to serve queue ${to}: what is moved there waits until one does`;
}

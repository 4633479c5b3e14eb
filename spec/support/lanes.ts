import type { Inspector } from '../../lib/inspector/inspector.ts';
import { until } from './wait.ts';

/** The id of the live worker that serves a queue, once it has said that it is there; of several, the last. */
export async function workerOf(inspector: Inspector, queue: string): Promise<string> {
  let id: string | undefined;
  const serves = async (): Promise<boolean> => {
    const workers = await inspector.workers();
    id = workers.findLast(({ queues }) => queues.some(({ name }) => name === queue))?.id;
    return id !== undefined;
  };
  await until(serves, 'a worker has said that it is there');
  return id ?? '';
}

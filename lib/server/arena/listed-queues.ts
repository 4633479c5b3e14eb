import type { QueueNames } from '../queue-names.ts';

/** The queues that Arena lists, and the name under which it lists this Redis. */
export interface ListedQueues {
  queues: QueueNames;
  host: string;
}

/** Whether Arena lists a queue under a host. */
export async function isListed(
  { queues, host }: ListedQueues,
  asked: { host: string; queue: string },
): Promise<boolean> {
  return asked.host === host && (await queues()).includes(asked.queue);
}

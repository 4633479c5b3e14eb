/** Lists the names of all queues, sorted. */
export type QueueNames = () => Promise<readonly string[]>;

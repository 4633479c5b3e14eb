import { randomUUID } from 'node:crypto';

/** A queue name that no other spec and no other run has, so nothing needs to be flushed. */
export function uniqueQueueName(): string {
  return `spec-${randomUUID()}`;
}
